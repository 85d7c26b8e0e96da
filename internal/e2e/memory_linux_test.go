package e2e

import (
	"fmt"
	"os"
	"strings"
)

// peakMemory is the most memory that a running process has had, in bytes. What
// the kernel tells of a process that has ended, ru_maxrss, would count its
// parent's memory, too.
func peakMemory(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	var kilobytes int64
	if _, err := fmt.Sscan(after, &kilobytes); err != nil {
		return 0
	}
	return kilobytes << 10
}
