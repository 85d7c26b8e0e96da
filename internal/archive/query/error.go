package query

import (
	"fmt"
	"unicode/utf8"

	"github.com/roamctl/roamctl/internal/fault"
)

// SyntaxError says where a query can't be read.
type SyntaxError struct {
	Query  string
	At     int // the character, from 1; one past the last at the end
	Reason string
}

// Error names the character and its place.
func (e *SyntaxError) Error() string {
	runes := []rune(e.Query)
	if e.At > len(runes) {
		return fmt.Sprintf("%s at the end of the query", e.Reason)
	}
	return fmt.Sprintf("%s at character %d (%q)", e.Reason, e.At, runes[e.At-1])
}

// fail is a fault.Usage for the character at a byte offset.
func (p *parser) fail(offset int, format string, args ...any) *fault.Error {
	at := utf8.RuneCountInString(p.source[:offset]) + 1
	err := &SyntaxError{Query: p.source, At: at, Reason: fmt.Sprintf(format, args...)}
	return fault.Wrap(fault.Usage, err, "cannot read the query")
}
