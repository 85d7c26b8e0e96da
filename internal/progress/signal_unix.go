//go:build unix && !(darwin || dragonfly || freebsd || netbsd || openbsd)

package progress

import (
	"os"
	"syscall"
)

// Signals returns the signal that shows the state: SIGUSR1.
func Signals() []os.Signal { return []os.Signal{syscall.SIGUSR1} }
