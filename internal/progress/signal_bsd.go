//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package progress

import (
	"os"
	"syscall"
)

// Signals are those by which a person asks how far a run is: here SIGUSR1, and
// SIGINFO, which Ctrl-T sends.
func Signals() []os.Signal { return []os.Signal{syscall.SIGUSR1, syscall.SIGINFO} }
