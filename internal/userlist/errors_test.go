package userlist

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
)

func collect(file, column string) *BadLines {
	var bad BadLines
	for _, err := range Read(strings.NewReader(file), Options{Name: "users.txt", Column: column, Check: lower}) {
		bad.Add(err)
	}
	return &bad
}

func TestBadLinesListsTheFirstAndCountsTheRest(t *testing.T) {
	const hint = "nothing was sent; correct the lines, or skip them with --skip-invalid"
	for n, want := range map[int]string{
		1:  "1 line without a valid user ID: users.txt:1: \"A\" has capital letters",
		10: "users.txt:10: \"A\" has capital letters",
		12: "users.txt:10: \"A\" has capital letters\n... and 2 more",
	} {
		err := collect(strings.Repeat("A\n", n), "").Err()
		e, ok := errors.AsType[*fault.Error](err)
		if !ok || e.Kind != fault.Usage || e.Hint != hint {
			t.Fatalf("%d: got %#v", n, err)
		}
		if !strings.HasSuffix(err.Error(), want) || strings.Count(err.Error(), "\n") != min(n, 11)-1 {
			t.Errorf("%d: got %v", n, err)
		}
	}
}

func TestBadLinesAddsLineErrorsOnly(t *testing.T) {
	bad := collect("a\nb\n", "")
	if bad.Add(nil) || bad.Add(io.ErrUnexpectedEOF) || bad.Add(fault.New(fault.Usage, "x")) {
		t.Error("took what is no bad line")
	}
	if bad.Count() != 0 || bad.Err() != nil {
		t.Errorf("Count = %d, Err = %v", bad.Count(), bad.Err())
	}
	if !bad.Add(fmt.Errorf("x: %w", &LineError{Name: "f", Line: 1, Err: io.EOF})) {
		t.Error("did not take a wrapped bad line")
	}
}

func TestLineErrorHasTheBeginningOfTheLine(t *testing.T) {
	for name, tt := range map[string]struct{ column, file, want string }{
		"short":            {"", " Bob # x\r\n", "Bob # x"},
		"invalid":          {"", "B\xff\xfeob", "B?ob"},
		"100 bytes":        {"", strings.Repeat("X", 100), strings.Repeat("X", 100)},
		"more":             {"", strings.Repeat("X", 101), strings.Repeat("X", 100) + "…"},
		"characters":       {"", strings.Repeat("X", 99) + "用户", strings.Repeat("X", 99) + "…"},
		"no characters":    {"", strings.Repeat("\xbf", 200), "?…"},
		"very long":        {"", veryLong, strings.Repeat("x", 100) + "…"},
		"record":           {"id", "id,n\nBob,\"x\r\ny\"\n", `Bob,"x`},
		"record, too long": {"id", "id,n\n" + veryLong, strings.Repeat("x", 100) + "…"},
		"record, open":     {"id", "id,n\na,\"b\r\nc,d\n", `a,"b`},
		"object":           {"id", `{"id":"Bob"}`, `{"id":"Bob"}`},
	} {
		t.Run(name, func(t *testing.T) {
			for _, err := range Read(strings.NewReader(tt.file), Options{Column: tt.column, Check: lower}) {
				bad, ok := errors.AsType[*LineError](err)
				if !ok {
					t.Fatalf("got %v", err)
				}
				if diff := cmp.Diff(tt.want, bad.Text); diff != "" {
					t.Error(diff)
				}
				break
			}
		})
	}
}

func TestLineErrorKeepsTheReason(t *testing.T) {
	reason := fault.New(fault.Safety, "%s", strings.Repeat("用户", 1000))
	o := Options{Name: "f", Check: func(string) error { return reason }}
	for _, err := range Read(strings.NewReader("a"), o) {
		if !errors.Is(err, reason) || fault.KindOf(err) != fault.Safety {
			t.Errorf("got %v", err)
		}
		if len(err.Error()) > 400 || !utf8.ValidString(err.Error()) {
			t.Errorf("a long reason is printed in full: %v", err)
		}
	}
}
