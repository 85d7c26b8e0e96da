//go:build !linux && !darwin && !windows

package fsutil

// FreeSpace is not known on this system. A full disk is a write error.
func FreeSpace(string) (n int64, ok bool) { return 0, false }
