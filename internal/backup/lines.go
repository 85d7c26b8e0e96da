package backup

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
)

// lineError is what is wrong with one line.
type lineError struct {
	line int // from 1
	err  error
}

// Error names the line.
func (e *lineError) Error() string { return fmt.Sprintf("line %d: %v", e.line, e.err) }

// Unwrap is the cause.
func (e *lineError) Unwrap() error { return e.err }

// decodeLines reads one JSON value a line. Every error is a *lineError and
// ends the sequence.
func decodeLines[T any](r io.Reader, check func(T) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		in := bufio.NewReaderSize(r, 64<<10)
		var line []byte
		var zero T
		for n := 1; ; n++ {
			var err error
			line, err = readLine(in, line[:0])
			if errors.Is(err, io.EOF) {
				return
			}
			var v T
			if err == nil {
				v, err = decodeLine[T](line)
			}
			if err == nil {
				err = check(v)
			}
			if err != nil {
				yield(zero, &lineError{n, err})
				return
			}
			if !yield(v, nil) {
				return
			}
		}
	}
}

// readLine appends the next line to buf; io.EOF only where none begins.
func readLine(in *bufio.Reader, buf []byte) ([]byte, error) {
	for {
		part, err := in.ReadSlice('\n')
		buf = append(buf, part...)
		if len(buf) > maxLine {
			return buf, fmt.Errorf("it is longer than %d bytes", maxLine)
		}
		if errors.Is(err, io.EOF) && len(buf) > 0 {
			return buf, errors.New("it is cut off")
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return buf, err
		}
	}
}

// decodeLine keeps numbers as they were written.
func decodeLine[T any](line []byte) (T, error) {
	var v T
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return v, err
	}
	if dec.InputOffset() != int64(len(line)-1) {
		return v, errors.New("there is more than one value on it")
	}
	return v, nil
}
