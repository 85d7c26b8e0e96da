//go:build !unix

package progress

import "os"

// Signals returns none: this system has no signal for the state.
func Signals() []os.Signal { return nil }
