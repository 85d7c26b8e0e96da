package e2e

import (
	"os"
	"syscall"
)

// maxMemory is the most memory that a process had, in bytes. Linux counts
// ru_maxrss in kilobytes, other systems in other units.
func maxMemory(state *os.ProcessState) (int64, bool) {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0, false
	}
	return usage.Maxrss << 10, true
}
