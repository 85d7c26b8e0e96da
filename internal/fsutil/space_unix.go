//go:build linux || darwin

package fsutil

import "golang.org/x/sys/unix"

// FreeSpace returns how many bytes an ordinary user can write to the disk of
// dir; ok is false if that is not known.
func FreeSpace(dir string) (n int64, ok bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, false
	}
	return int64(s.Bavail) * int64(s.Bsize), true //nolint:gosec,unconvert // the types differ by system; disks are below 2^63 bytes
}
