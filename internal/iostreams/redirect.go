package iostreams

import "io"

// SetErr puts a writer in the place of Err, such as one that keeps lines above
// a progress bar, until restore is called. Nobody may write to Err while either
// happens.
func (s *Streams) SetErr(w io.Writer) (restore func()) {
	before := s.Err
	s.Err = w
	return func() { s.Err = before }
}

// SetOut is SetErr for Out.
func (s *Streams) SetOut(w io.Writer) (restore func()) {
	before := s.Out
	s.Out = w
	return func() { s.Out = before }
}
