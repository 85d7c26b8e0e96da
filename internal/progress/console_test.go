package progress

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func draw(c *console, frame ...string) { c.draw(strings.Join(frame, "\n") + "\n") }

func TestConsole(t *testing.T) {
	s := &screen{width: 20}
	c := &console{out: s, size: func() (int, int) { return s.width, 0 }}
	fmt.Fprint(c, "before\n")
	draw(c, "bar 1", "facts 1")
	fmt.Fprint(c, "one\ntwo")
	fmt.Fprint(c, " and more")
	want := "before\none\nbar 1\nfacts 1"
	if diff := cmp.Diff(want, s.text()); diff != "" {
		t.Errorf("half a note was written: %s", diff)
	}
	fmt.Fprint(c, "\nthree, which is longer than a line is\n")
	draw(c, "bar 2")
	want = "before\none\ntwo and more\nthree, which is long\ner than a line is\nbar 2"
	if diff := cmp.Diff(want, s.text()); diff != "" {
		t.Error(diff)
	}
	fmt.Fprint(c, "cut short")
	c.close("last\n")
	fmt.Fprint(c, "af")
	fmt.Fprint(c, "ter\n")
	want = "before\none\ntwo and more\nthree, which is long\ner than a line is\ncut short\nlast\nafter"
	if diff := cmp.Diff(want, s.text()); diff != "" {
		t.Error(diff)
	}
}

// A frame of 20, 9 and 0 columns takes more lines in a narrower window, where most
// terminals wrap its lines again.
func TestConsoleInANarrowerWindow(t *testing.T) {
	tests := []struct{ width, rows int }{{80, 3}, {20, 3}, {19, 4}, {10, 4}, {9, 5}, {8, 6}, {1, 30}, {0, 30}}
	for _, tt := range tests {
		var out bytes.Buffer
		width := 80
		c := &console{out: &out, size: func() (int, int) { return width, 0 }}
		draw(c, "\x1b[32m12345\x1b[0m678901234\x1b[31m567890\x1b[0m", "123456789", "")
		out.Reset()
		width = tt.width
		draw(c, "next")
		if want := erased(tt.rows) + "\x1b[?7lnext\n\x1b[?7h"; out.String() != want {
			t.Errorf("at %d columns: %q, want %q", tt.width, out.String(), want)
		}
	}

	// The frame below a note is drawn again, and cut to the narrower window.
	var out bytes.Buffer
	width := 80
	c := &console{out: &out, size: func() (int, int) { return width, 0 }}
	draw(c, "12345678901234567890")
	width = 10
	out.Reset()
	fmt.Fprint(c, "note\n")
	fmt.Fprint(c, "note\n")
	frame := "\x1b[?7l12345678901234567890\n\x1b[?7h"
	if want := erased(2) + "note\n" + frame + erased(1) + "note\n" + frame; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

// erased returns the escapes that remove a number of lines.
func erased(lines int) string {
	return "\r\x1b[2K" + strings.Repeat("\x1b[A\x1b[2K", lines)
}

// The width may be wrong or unknown.
func TestConsoleWithAWrongWidth(t *testing.T) {
	s := &screen{width: 10}
	c := &console{out: s, size: func() (int, int) { return 80, 0 }}
	draw(c, "a bar that is too long", "and facts that are, too")
	fmt.Fprint(c, "a note that is too long\n")
	draw(c, "a bar that is too long", "and facts that are, too")
	want := "a note tha\nt is too l\nong\na bar that\nand facts "
	if diff := cmp.Diff(want, s.text()); diff != "" {
		t.Error(diff)
	}
}

func TestConsoleSize(t *testing.T) {
	for _, tt := range []struct{ columns, lines, width, below int }{
		{80, 0, 79, factLines}, {80, 24, 79, 22}, {80, 3, 79, 1}, {80, 1, 79, -1}, {1, 24, 1, 22}, {0, -1, 1, factLines},
	} {
		c := &console{size: func() (int, int) { return tt.columns, tt.lines }}
		if c.room() != tt.width || c.below() != tt.below {
			t.Errorf("of %d by %d: width %d, %d lines below the bar", tt.columns, tt.lines, c.room(), c.below())
		}
	}
}
