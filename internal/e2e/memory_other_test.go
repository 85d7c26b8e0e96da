//go:build !linux

package e2e

import "os"

// maxMemory is known on Linux only.
func maxMemory(*os.ProcessState) (int64, bool) { return 0, false }
