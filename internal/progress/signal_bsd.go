//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package progress

import (
	"os"
	"syscall"
)

// Signals returns the signals that show the state: SIGUSR1, and SIGINFO of Ctrl-T.
func Signals() []os.Signal { return []os.Signal{syscall.SIGUSR1, syscall.SIGINFO} }
