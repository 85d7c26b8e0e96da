package userlist

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/dustin/go-humanize/english"

	"github.com/roamctl/roamctl/internal/fault"
)

const (
	maxText     = 100  // bytes of a bad line in an error
	maxReason   = 300  // bytes of a reason, which may quote an ID as long as a line
	maxReported = 10   // bad lines that an error lists
	maxBadLines = 1000 // a file with more is not a list of users, and may be endless
)

// LineError is a line without a valid ID.
type LineError struct {
	Name string // the file, as Options has it
	Line int    // the line, or the first line of the CSV record
	Text string // the beginning of the line: valid UTF-8, about 100 bytes
	Err  error  // the reason
}

// Error returns name:line: reason.
func (e *LineError) Error() string { return e.Place() + ": " + e.Reason() }

// Place returns name:line.
func (e *LineError) Place() string { return fmt.Sprintf("%s:%d", e.Name, e.Line) }

// Reason returns the reason alone.
func (e *LineError) Reason() string { return clip(e.Err.Error(), maxReason) }

// Unwrap returns the reason.
func (e *LineError) Unwrap() error { return e.Err }

// bad returns the error of a line. It copies text. A reason without a kind is a
// fault.Usage.
func (o Options) bad(line int, text []byte, reason error) *LineError {
	if _, classed := errors.AsType[*fault.Error](reason); !classed {
		reason = &fault.Error{Kind: fault.Usage, Err: reason}
	}
	return &LineError{Name: o.Name, Line: line, Text: firstLine(text), Err: reason}
}

// firstLine returns the first line of text, clipped.
func firstLine(text []byte) string {
	text, _, _ = bytes.Cut(text, []byte{'\n'})
	text = bytes.TrimSpace(text)
	return clip(string(text[:min(len(text), maxText+utf8.UTFMax)]), maxText)
}

// clip returns text as valid UTF-8, cut between two characters after about size bytes.
func clip(text string, size int) string {
	if len(text) <= size {
		return strings.ToValidUTF8(text, "?")
	}
	end := size
	for end > size-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return strings.ToValidUTF8(text[:end], "?") + "…"
}

// formError is why a record cannot be parsed. Reading continues after its first line.
type formError string

func (e formError) Error() string { return string(e) }

// withLastLine names the last line of a record of several lines.
func withLastLine(err error, first, lines int) error {
	if lines == 1 {
		return err
	}
	return fmt.Errorf("%w (the record ends in line %d)", err, first+lines-1)
}

const (
	errTooLong   formError = "longer than 64 KiB"
	errRunaway   formError = "a quoted field that begins here does not end within 64 KiB"
	errOpen      formError = "a quoted field that begins here does not end"
	errBareQuote formError = "a quote in a field that does not begin with one"
	errQuote     formError = "a quote in a quoted field is neither doubled nor the field's end"
)

// BadLines collects the bad lines of a file for one error. It keeps the first few and
// counts the others. The zero value, of a file of users, is ready for use.
type BadLines struct {
	Of string // as in Options

	first []error
	count int
}

// Add adds err if it is a *LineError, and reports whether it is.
func (b *BadLines) Add(err error) bool {
	bad, ok := errors.AsType[*LineError](err)
	if !ok {
		return false
	}
	b.count++
	if len(b.first) < maxReported {
		b.first = append(b.first, bad)
	}
	return true
}

// Count returns the number of bad lines.
func (b *BadLines) Count() int { return b.count }

// Full reports whether there are too many to continue.
func (b *BadLines) Full() bool { return b.count >= maxBadLines }

// Err returns a fault.Usage that lists the first bad lines, or nil without any.
func (b *BadLines) Err() error {
	if b.count == 0 {
		return nil
	}
	err := errors.Join(b.first...)
	if more := b.count - len(b.first); more > 0 {
		err = fmt.Errorf("%w\n... and %d more", err, more)
	}
	count := english.Plural(b.count, "line", "")
	if b.Full() {
		count = "at least " + count
	}
	hint := "nothing was sent; correct the lines"
	if b.Of == "" || b.Of == "user" {
		hint += ", or skip them with --skip-invalid"
	}
	return fault.Wrap(fault.Usage, err, "%s without a valid %s ID", count, cmp.Or(b.Of, "user")).WithHint("%s", hint)
}
