package render

import (
	"errors"
	"fmt"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/iostreams"
)

// failure is an error as scripts read it.
type failure struct {
	Kind         fault.Kind `json:"kind"`
	Message      string     `json:"message"`
	Hint         string     `json:"hint"`
	Status       int        `json:"status"` // 0 when no answer came
	ServiceError string     `json:"service_error"`
	RequestID    string     `json:"request_id,omitempty"`
}

// Error writes err to the error stream: for people as "error: ..." and
// "hint: ...", for scripts as one line of JSON. A failure to write is not
// reported, there is nowhere left to report it to.
func Error(s *iostreams.Streams, asJSON bool, err error) {
	if err == nil {
		return
	}
	f := failure{Kind: fault.KindOf(err), Message: err.Error()}
	if e, ok := errors.AsType[*fault.Error](err); ok {
		f.Hint, f.Status, f.ServiceError, f.RequestID = e.Hint, e.Status, e.ServiceError, e.RequestID
	}
	if asJSON {
		if b, err := encodeJSON(map[string]failure{"error": f}, "", ""); err == nil {
			fmt.Fprintf(s.Err, "%s\n", forTerminal(b, s.ErrTTY()))
		}
		return
	}
	p := s.ErrPalette()
	fmt.Fprintln(s.Err, hanging(s, "error:", p.Red, f.Message))
	if f.Hint != "" {
		fmt.Fprintln(s.Err, hanging(s, "hint:", p.Cyan, f.Hint))
	}
}

// hanging puts a label before text, which it makes safe, breaks at the width of
// the terminal, and indents but for the first line.
func hanging(s *iostreams.Streams, label string, paint func(string) string, text string) string {
	var lines []string
	for line := range strings.SplitSeq(label+" "+SafeLines(strings.TrimSpace(text)), "\n") {
		width := 0
		if s.ErrTTY() {
			width = max(s.Width()-2, 0)
		}
		lines = append(lines, Wrap(line, width)...)
	}
	return paint(label) + strings.TrimPrefix(strings.Join(lines, "\n  "), label)
}
