//go:build !linux

package servertest

import "syscall"

func withParent() *syscall.SysProcAttr { return nil }
