package backup

import (
	"errors"
	"strings"
	"testing"
)

// TestLinesAreChecked: a line is exactly one value that passes its check, and
// the error names the first line that is not.
func TestLinesAreChecked(t *testing.T) {
	long := func(n int) string { return `{"ID":"` + strings.Repeat("a", n-10) + "\"}\n" } // of n bytes
	for name, tt := range map[string]struct {
		text        string
		read, wrong int // values that are read, and the line that is wrong
	}{
		"two values":           {`{"id":"a"}` + "\n" + `{"id":"b"}` + "\n", 2, 0},
		"no ID":                {`{"id":"a"}` + "\n" + `{"id":""}` + "\n", 1, 2},
		"two values on a line": {`{"id":"a"} {"id":"b"}` + "\n", 0, 1},
		"no JSON":              {`{"id":"a"}` + "\n" + `{"id":` + "\n", 1, 2},
		"the longest line":     {long(maxLine), 1, 0},
		"a line too long":      {long(maxLine + 1), 0, 1},
		"a line cut off":       {`{"id":"a"}` + "\n" + `{"id":"b"}`, 1, 2},
	} {
		read, wrong := 0, 0
		for _, err := range decodeLines(strings.NewReader(tt.text), checkConversation) {
			if bad, ok := errors.AsType[*lineError](err); ok {
				wrong = bad.line
				continue
			}
			read++
		}
		if read != tt.read || wrong != tt.wrong {
			t.Errorf("%s: %d values, line %d is wrong", name, read, wrong)
		}
	}
}

// TestDamageIsNamed: an error names the file and, if it is about one, the line.
func TestDamageIsNamed(t *testing.T) {
	for want, e := range map[string]DamageError{
		"backup b: f, line 1: cut off":   {Backup: "b", File: "f", Line: 1, Problem: "cut off"},
		"backup b: f: cut off":           {Backup: "b", File: "f", Problem: "cut off"},
		"backup b: the archive: cut off": {Backup: "b", Problem: "cut off"},
	} {
		if got := e.Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
