//go:build !unix

package progress

import "os"

// Signals are those by which a person asks how far a run is: this system has none.
func Signals() []os.Signal { return nil }
