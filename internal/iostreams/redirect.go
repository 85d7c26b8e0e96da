package iostreams

import "io"

// SetErr puts a writer in the place of Err, such as one that keeps lines above
// a progress bar, until restore is called. Nobody may write to Err while either
// happens.
func (s *Streams) SetErr(w io.Writer) (restore func()) {
	before := s.Err
	s.Err = w
	s.redirected.Store(true)
	return func() {
		s.Err = before
		s.redirected.Store(false)
	}
}

// Redirected tells whether another writer is in the place of Err.
func (s *Streams) Redirected() bool { return s.redirected.Load() }

// SetOut is SetErr for Out.
func (s *Streams) SetOut(w io.Writer) (restore func()) {
	before := s.Out
	s.Out = w
	return func() { s.Out = before }
}
