//go:build !windows

package iostreams

import (
	"errors"
	"os"
	"syscall"
)

func isBrokenPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }

// enableEscapes has nothing to do here: terminals understand escape sequences.
func enableEscapes(*os.File) bool { return true }
