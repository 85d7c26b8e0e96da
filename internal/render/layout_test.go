package render_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/iostreams"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// mark ends the last column, so that its place shows where the others end.
const mark = "|"

func markedView() render.View[string] {
	return render.View[string]{Columns: []render.Column[string]{
		{Name: "id", Default: true, Cell: func(string, render.Env) string { return "1001" }},
		{Name: "text", Default: true, Flex: true, Cell: func(s string, _ render.Env) string { return s }},
		{Name: "count", Default: true, Right: true, Cell: func(s string, _ render.Env) string { return strings.Repeat("9", len(s)%7) }},
		{Name: "end", Header: mark, Default: true, Cell: func(string, render.Env) string { return mark }},
	}}
}

func TestColumnsLineUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(hostile(), 1, 8).Draw(t, "rows")
		width := rapid.SampledFrom([]int{0, 40, 80, 120}).Draw(t, "width")
		got := list(t, options(render.Table), markedView(), width, len(rows), rows...)
		lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
		if len(lines) != len(rows)+1 {
			t.Fatalf("%d lines for %d rows:\n%s", len(lines), len(rows), got)
		}
		want := ansi.StringWidth(lines[0])
		for _, line := range lines {
			if w := ansi.StringWidth(line); w != want || !strings.HasSuffix(line, mark) {
				t.Fatalf("line %q is %d columns wide, the header %d:\n%s", line, w, want, got)
			}
			if width > 0 && ansi.StringWidth(line) > width {
				t.Fatalf("line %q does not fit %d columns", line, width)
			}
		}
	})
}

func TestFreeTextKeepsItsWidthOnATerminal(t *testing.T) {
	long := strings.Repeat("宽", 30)
	if got := list(t, options(render.Table), markedView(), 80, 1, "short", long); strings.Contains(got, long) || !strings.Contains(got, "…") {
		t.Errorf("the text of a later page was not cut:\n%s", got)
	}
}

func TestLaterPagesWidenColumns(t *testing.T) {
	view := render.View[string]{Columns: []render.Column[string]{
		{Name: "id", Default: true, Cell: func(s string, _ render.Env) string { return s }},
		{Name: "end", Header: mark, Default: true, Cell: func(string, render.Env) string { return mark }},
	}}
	for width, want := range map[int]string{
		0:  "ID      |\na       |\n宽宽宽  |\nb       |\n", // held back: all rows line up
		80: "ID  |\na   |\n宽宽宽  |\nb       |\n",
	} {
		if diff := cmp.Diff(want, list(t, options(render.Table), view, width, 1, "a", "宽宽宽", "b")); diff != "" {
			t.Errorf("width %d (-want +got):\n%s", width, diff)
		}
	}
}

// A later page takes no room from columns that hold IDs.
func TestLaterPagesCutNoColumnThatWasWhole(t *testing.T) {
	view := render.View[string]{Columns: []render.Column[string]{
		{Name: "id", Default: true, Cell: func(string, render.Env) string { return "1883241663643516932" }},
		{Name: "conversation", Default: true, Cell: func(s string, _ render.Env) string { return s }},
	}}
	want := "ID                   CONVERSATION\n1883241663643516932  bob\n1883241663643516932  25000000000…\n"
	if diff := cmp.Diff(want, list(t, options(render.Table), view, 33, 1, "bob", "250000000000101")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What a table holds back is bounded in rows and in bytes.
func TestHeldRowsAreBounded(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		tty  bool
		most int // rows held
	}{
		"rows in a pipe":     {text: "x", most: 999},
		"rows on a terminal": {text: "x", tty: true, most: 49},
		"bytes":              {text: strings.Repeat("x", 100_000), most: 10},
	} {
		s, _, out, _ := iostreams.Test()
		s.SetTTY(false, c.tty, false)
		l, err := render.NewList(s, options(render.Table), markedView())
		check(t, err)
		for range c.most {
			check(t, l.Write(c.text))
		}
		if out.Len() > 0 {
			t.Errorf("%s: written before %d rows", name, c.most)
		}
		check(t, l.Write(c.text))
		if got := strings.Count(out.String(), "\n"); got != c.most+2 || l.Held() {
			t.Errorf("%s: %d lines after %d rows, held: %t", name, got, c.most+1, l.Held())
		}
	}
}

func TestStyles(t *testing.T) {
	s, _, out, _ := iostreams.Test()
	s.SetTTY(false, true, false)
	check(t, render.One(s, options(render.Table), markedView(), "文本"))
	l, err := render.NewList(s, options(render.Table), markedView())
	check(t, err)
	check(t, l.Write("文本"))
	check(t, l.Close(""))
	want := "\x1b[1mID\x1b[0m     1001\n\x1b[1mText\x1b[0m   文本\n\x1b[1mCount\x1b[0m  999999\n\x1b[1m|\x1b[0m      |\n" +
		"\x1b[1mID\x1b[0m    \x1b[1mTEXT\x1b[0m   \x1b[1mCOUNT\x1b[0m  \x1b[1m|\x1b[0m\n1001  文本  999999  |\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("styled tables (-want +got):\n%s", diff)
	}
}

func TestTerminalControlsAreEscaped(t *testing.T) {
	for _, f := range render.Formats() {
		got := list(t, options(f), messageView(), 80, 3, samples()...)
		if render.SafeLines(got) != got {
			t.Errorf("%s on a terminal: %+q", f, got)
		}
	}
}

func TestNoTrailingSpaces(t *testing.T) {
	for _, width := range []int{0, 80} {
		for _, f := range []render.Format{render.Table, render.Transcript} {
			for line := range strings.Lines(list(t, options(f), messageView(), width, 5, samples()...)) {
				if line != strings.TrimRight(line, " \n")+"\n" {
					t.Errorf("%s line %q ends with spaces", f, line)
				}
			}
		}
	}
}

func TestTranscriptFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := hostile().Draw(t, "text")
		width := rapid.IntRange(30, 100).Draw(t, "width")
		got := list(t, options(render.Transcript), messageView(), width, 1, text(1, "alice", at(0, 0), s))
		for line := range strings.Lines(got) {
			if w := ansi.StringWidth(strings.TrimSuffix(line, "\n")); w > width {
				t.Fatalf("line %q is %d columns wide, the terminal %d", line, w, width)
			}
		}
		squeeze := strings.NewReplacer(" ", "", "\n", "", "\t", "", "◌", "").Replace
		if _, body, _ := strings.Cut(got, "alice\n"); squeeze(body) != squeeze(render.SafeLines(s)) {
			t.Fatalf("text %q became %q", s, body)
		}
	})
}

func TestTranscriptBothWays(t *testing.T) {
	up := samples()
	slices.Reverse(up)
	for _, messages := range [][]roaming.Message{samples(), up} {
		got := list(t, options(render.Transcript), messageView(), 0, 3, messages...)
		for _, day := range []string{"2026-11-22 Sunday", "2026-11-23 Monday"} {
			if n := strings.Count(got, "── "+day+" ─"); n != 1 {
				t.Errorf("%d headings for %s:\n%s", n, day, got)
			}
		}
	}
}

// TestTranscriptWithoutATime: a message that has none is of no day.
func TestTranscriptWithoutATime(t *testing.T) {
	timed := text(1, "alice", at(0, 0), "a")
	untimed := text(2, "alice", at(0, 0), "b")
	untimed.Timestamp, untimed.RawTimestamp = roaming.Time{}, "0"
	got := list(t, options(render.Transcript), messageView(), 0, 1, timed, untimed, untimed, timed)
	lines := strings.Split(got, "\n")
	if !strings.HasPrefix(lines[5], "── no time ──") || lines[7] != "       alice" || lines[8] != "       b" || lines[9] != "       b" || strings.Contains(got, "0001") {
		t.Errorf("%s", got)
	}
}
