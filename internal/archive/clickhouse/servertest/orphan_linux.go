package servertest

import "syscall"

// withParent ends a server when the process that started it does.
func withParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
