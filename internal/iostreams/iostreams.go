// Package iostreams is the program's standard input, output and error: whether
// they are terminals, how wide, with colour or not, and the pager. Nothing
// else in the program touches os.Stdin, os.Stdout or os.Stderr.
package iostreams

import (
	"bytes"
	"io"
	"os"
	"strconv"
	"sync/atomic"

	"golang.org/x/term"
)

// defaultWidth is the width of a terminal that does not report one.
const defaultWidth = 80

// Streams are the three standard streams and what is known about them. Out and
// Err keep their first write error, return it from every later write, and
// report it by WriteError. They do not buffer.
type Streams struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer

	out, err   *stickyWriter
	redirected atomic.Bool // Err is
	env        func(string) string

	inTTY, outTTY, errTTY bool
	width                 int // of a terminal
	fixedWidth            bool
	color                 colorMode
	vt                    bool // the terminal understands escape sequences

	pager *pager
}

// System is the process's own streams. env looks up an environment variable
// (os.Getenv); NO_COLOR, CLICOLOR, CLICOLOR_FORCE, TERM, COLUMNS, PAGER and
// ROAMCTL_PAGER matter here.
func System(env func(string) string) *Streams {
	s := newStreams(os.Stdin, os.Stdout, os.Stderr, env)
	s.inTTY = isTerminal(os.Stdin)
	s.outTTY = isTerminal(os.Stdout)
	s.errTTY = isTerminal(os.Stderr)
	s.vt = env("TERM") != "dumb" && enableEscapes(os.Stdout) && enableEscapes(os.Stderr)
	return s
}

// Test is a set of streams over buffers: not terminals, without colour and
// with an empty environment.
func Test() (s *Streams, in, out, errOut *bytes.Buffer) {
	in, out, errOut = &bytes.Buffer{}, &bytes.Buffer{}, &bytes.Buffer{}
	s = newStreams(in, out, errOut, func(string) string { return "" })
	s.vt = true
	return s, in, out, errOut
}

func newStreams(in io.Reader, out, errOut io.Writer, env func(string) string) *Streams {
	s := &Streams{In: in, out: &stickyWriter{w: out}, err: &stickyWriter{w: errOut}, env: env}
	s.Out, s.Err = s.out, s.err
	return s
}

// FilterErr has every write to the error stream changed by f on its way. It is
// called before anything is written.
func (s *Streams) FilterErr(f func(string) string) {
	if s != nil && s.err != nil { // there are streams, not the zero value
		s.err.filter = f
	}
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// SetTTY overrides what was detected.
func (s *Streams) SetTTY(in, out, err bool) { s.inTTY, s.outTTY, s.errTTY = in, out, err }

// SetWidth overrides the terminal's width, in columns.
func (s *Streams) SetWidth(n int) { s.width, s.fixedWidth = n, true }

// InTTY reports whether input comes from a terminal, so that a person can be asked.
func (s *Streams) InTTY() bool { return s.inTTY }

// OutTTY reports whether a person reads the output on a terminal, through a pager or not.
func (s *Streams) OutTTY() bool { return s.outTTY }

// ErrTTY reports whether the error stream is a terminal.
func (s *Streams) ErrTTY() bool { return s.errTTY }

// Terminal returns the terminal's files for a program that draws all of it; false if
// input or output is not a terminal, or it understands no escape sequences.
func (s *Streams) Terminal() (in, out *os.File, ok bool) {
	in, isFile := s.In.(*os.File)
	out, ok = s.out.file()
	return in, out, ok && isFile && s.inTTY && s.outTTY && s.vt
}

// Width is the terminal's width in columns; 0 means unlimited, when the output
// is not a terminal. It is read anew each time, since windows are resized.
func (s *Streams) Width() int {
	if !s.outTTY {
		return 0
	}
	if s.fixedWidth {
		return s.width
	}
	if f, ok := s.out.file(); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			return w
		}
	}
	if n, err := strconv.Atoi(s.env("COLUMNS")); err == nil && n > 0 {
		return n
	}
	return defaultWidth
}

// ErrSize is the columns and lines of the terminal that Err is; 0 for what is
// not known, and when it is none.
func (s *Streams) ErrSize() (columns, lines int) {
	if f, ok := s.err.file(); ok && s.errTTY {
		if w, h, err := term.GetSize(int(f.Fd())); err == nil {
			return w, h
		}
	}
	return 0, 0
}

// Drawable reports whether Err is a terminal on which lines can be redrawn.
func (s *Streams) Drawable() bool { return s.errTTY && s.vt }

// WriteError returns the first error of a write to Out, nil if there is none.
func (s *Streams) WriteError() error { return s.out.failed() }
