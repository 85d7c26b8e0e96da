package iostreams

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/roamctl/roamctl/internal/fault"
)

// stickyWriter remembers its first error: a full disk or a closed pipe cannot
// be overlooked by a caller that ignores the result of one Fprintf. It may be
// used by several goroutines.
type stickyWriter struct {
	mu    sync.Mutex
	w     io.Writer
	under io.Writer // the writer that a pager replaced
	err   error

	filter func(string) string // nil: none
}

func (w *stickyWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return 0, w.err
	}
	n, err := w.write(p)
	if err != nil {
		w.err = writeError(err)
	}
	return n, w.err
}

// writeError is a fault.Config, such as for a full disk, but for a pipe without a
// reader, which is no failure.
func writeError(err error) error {
	if IsBrokenPipe(err) {
		return fmt.Errorf("writing the output: %w", err)
	}
	return fault.Wrap(fault.Config, err, "writing the output")
}

func (w *stickyWriter) write(p []byte) (int, error) {
	if w.filter == nil {
		return w.w.Write(p)
	}
	if _, err := io.WriteString(w.w, w.filter(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (w *stickyWriter) failed() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// redirect sends later writes to another writer until restore.
func (w *stickyWriter) redirect(to io.Writer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.under, w.w = w.w, to
}

func (w *stickyWriter) restore() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.under != nil {
		w.w, w.under = w.under, nil
	}
}

// file returns the file that is written to, not a pager before it.
func (w *stickyWriter) file() (*os.File, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	under := w.w
	if w.under != nil {
		under = w.under
	}
	f, ok := under.(*os.File)
	return f, ok
}

// IsBrokenPipe reports whether err is that of a pipe without a reader, as
// when the output goes to head or a pager was quit: a reason to end quietly.
func IsBrokenPipe(err error) bool {
	return errors.Is(err, io.ErrClosedPipe) || isBrokenPipe(err)
}
