package iostreams

// CloseOut closes standard output, for a program that has said all it will say
// and stays: whoever reads a pipe from it gets the end of it.
func (s *Streams) CloseOut() error {
	if f, ok := s.out.file(); ok {
		return f.Close()
	}
	return nil
}
