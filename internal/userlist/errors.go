package userlist

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/roamctl/roamctl/internal/fault"
)

const (
	// maxText is how much of a bad line an error carries, in bytes.
	maxText = 100
	// maxReason is how much of a reason is printed: it may quote an ID, which may
	// be all of a long line.
	maxReason = 300
	// maxReported is how many bad lines one error lists.
	maxReported = 10
	// maxBadLines is how many bad lines are collected: a file with more is no
	// list of users, and may be endless.
	maxBadLines = 1000
)

// LineError is a line that names no user.
type LineError struct {
	Name string // the file, as Options has it
	Line int    // the line, or the first line of the CSV record
	Text string // how the line begins: valid UTF-8, cut after some 100 bytes
	Err  error  // the reason
}

// Error is name:line: reason.
func (e *LineError) Error() string { return e.Place() + ": " + e.Reason() }

// Place is name:line.
func (e *LineError) Place() string { return fmt.Sprintf("%s:%d", e.Name, e.Line) }

// Reason is why, on its own.
func (e *LineError) Reason() string { return clip(e.Err.Error(), maxReason) }

// Unwrap is the reason.
func (e *LineError) Unwrap() error { return e.Err }

// bad copies what it keeps of text. A reason without a kind is a fault.Usage.
func (o Options) bad(line int, text []byte, reason error) *LineError {
	if _, classed := errors.AsType[*fault.Error](reason); !classed {
		reason = &fault.Error{Kind: fault.Usage, Err: reason}
	}
	return &LineError{Name: o.Name, Line: line, Text: firstLine(text), Err: reason}
}

// firstLine is the first line of text, or as much of it as an error carries.
func firstLine(text []byte) string {
	text, _, _ = bytes.Cut(text, []byte{'\n'})
	text = bytes.TrimSuffix(text, []byte{'\r'})
	return clip(string(text[:min(len(text), maxText+utf8.UTFMax)]), maxText)
}

// clip is text as valid UTF-8, cut between two characters after about size
// bytes.
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

// formError is why a line or a record can't be taken apart, so that reading has
// to go on at the line after its first.
type formError string

func (e formError) Error() string { return string(e) }

const (
	errTooLong   formError = "longer than 64 KiB"
	errRunaway   formError = "a quoted field that begins here does not end within 64 KiB"
	errOpen      formError = "a quoted field that begins here does not end"
	errBareQuote formError = "a quote in a field that does not begin with one"
	errQuote     formError = "a quote in a quoted field is neither doubled nor the field's end"
)

// BadLines collects the bad lines of a file for the one error that a command
// fails with. It keeps the first few and counts the rest. The zero value is
// ready for use.
type BadLines struct {
	first []error
	count int
}

// Add takes err if it is a bad line, and says whether it was.
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

// Count is the number of bad lines so far.
func (b *BadLines) Count() int { return b.count }

// Full reports whether there are so many that reading on is of no use.
func (b *BadLines) Full() bool { return b.count >= maxBadLines }

// Err is a fault.Usage that lists the first bad lines, or nil if there were
// none.
func (b *BadLines) Err() error {
	if b.count == 0 {
		return nil
	}
	err := errors.Join(b.first...)
	if more := b.count - len(b.first); more > 0 {
		err = fmt.Errorf("%w\n... and %d more", err, more)
	}
	count := strconv.Itoa(b.count)
	if b.Full() {
		count = "at least " + count
	}
	return fault.Wrap(fault.Usage, err, "no user ID in %s of the lines", count).
		WithHint("nothing was sent; correct the lines, or leave them out with --skip-invalid")
}
