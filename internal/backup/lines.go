package backup

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
)

// maxLine is the length of the longest line to write or read. The service's
// messages have some kilobytes (docs/contract.md, section 6).
const maxLine = 4 << 20

// lineError is the error of one line.
type lineError struct {
	line int // from 1
	err  error
}

// Error names the line.
func (e *lineError) Error() string { return fmt.Sprintf("line %d: %v", e.line, e.err) }

// Unwrap returns the cause.
func (e *lineError) Unwrap() error { return e.err }

// decodeLines reads one JSON value per line. Every error is a *lineError and
// ends the sequence.
func decodeLines[T any](r io.Reader, check func(T) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for line, err := range fsutil.LinesUpTo(r, maxLine) {
			var v T
			if err == nil {
				v, err = decodeLine[T](line)
			}
			if err == nil {
				err = check(v)
			}
			if err != nil {
				yield(v, &lineError{line.Number, err})
				return
			}
			if !yield(v, nil) {
				return
			}
		}
	}
}

// decodeLine decodes the only value of a line, and keeps numbers as text.
func decodeLine[T any](line fsutil.Line) (v T, err error) {
	if !line.Ended {
		return v, errors.New("it is cut off")
	}
	dec := json.NewDecoder(bytes.NewReader(line.Text))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return v, err
	}
	if dec.InputOffset() != int64(len(line.Text)) {
		return v, errors.New("it has more than one value")
	}
	return v, nil
}

func checkConversation(c roaming.Conversation) error {
	if c.ID == "" {
		return errors.New("it has no ID")
	}
	return nil
}

// checkMessage refuses a message that could not be identified or read later.
// One without an ID or a time is accepted: its raw bytes are all that the
// service has of it.
func checkMessage(m roaming.Message) error {
	if m.Conversation == "" {
		return errors.New("it has no conversation")
	}
	if len(m.Raw) == 0 {
		return errors.New("its raw bytes are missing")
	}
	return nil
}
