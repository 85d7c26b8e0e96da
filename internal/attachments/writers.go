package attachments

import "io"

// LimitedWriter writes at most Left bytes to W, then fails with ErrTooLarge.
type LimitedWriter struct {
	W        io.Writer
	Left     int64
	Exceeded bool  // more was written
	Err      error // of W
}

// Write implements io.Writer.
func (l *LimitedWriter) Write(b []byte) (int, error) {
	if int64(len(b)) > l.Left {
		l.Exceeded = true
		return 0, ErrTooLarge
	}
	n, err := l.W.Write(b)
	l.Left -= int64(n)
	if err != nil {
		l.Err = err
	}
	return n, err
}

// Head keeps the first headSize bytes that are written to it, for Detect.
type Head struct{ kept []byte }

// Bytes returns the bytes that it keeps.
func (h *Head) Bytes() []byte { return h.kept }

// Write implements io.Writer.
func (h *Head) Write(b []byte) (int, error) {
	h.kept = append(h.kept, b[:min(len(b), headSize-len(h.kept))]...)
	return len(b), nil
}
