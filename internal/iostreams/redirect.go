package iostreams

import "io"

// SetErr replaces Err, for example with a writer that keeps lines above a progress
// bar, until restore is called. Err must not be written to during either call.
func (s *Streams) SetErr(w io.Writer) (restore func()) {
	before := s.Err
	s.Err = w
	s.redirected.Store(true)
	return func() {
		s.Err = before
		s.redirected.Store(false)
	}
}

// Redirected reports whether Err is replaced.
func (s *Streams) Redirected() bool { return s.redirected.Load() }

// SetOut is SetErr for Out.
func (s *Streams) SetOut(w io.Writer) (restore func()) {
	before := s.Out
	s.Out = w
	return func() { s.Out = before }
}

// CloseOut closes standard output, for a program that keeps running after its
// last output: the reader of a pipe gets its end.
func (s *Streams) CloseOut() error {
	if f, ok := s.out.file(); ok {
		return f.Close()
	}
	return nil
}
