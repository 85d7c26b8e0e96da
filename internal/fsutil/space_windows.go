package fsutil

import (
	"math"

	"golang.org/x/sys/windows"
)

// FreeSpace returns how many bytes this user can write to the disk of dir; ok
// is false if that is not known.
func FreeSpace(dir string) (n int64, ok bool) {
	path, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, false
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(path, &free, nil, nil); err != nil {
		return 0, false
	}
	return int64(min(free, math.MaxInt64)), true
}
