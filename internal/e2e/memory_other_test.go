//go:build !linux

package e2e

// peakMemory is known on Linux only.
func peakMemory(int) int64 { return 0 }
