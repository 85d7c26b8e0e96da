package render

import (
	"strings"
	"testing"

	"github.com/clipperhouse/displaywidth"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/iostreams"
)

func TestBars(t *testing.T) {
	s, _, out, _ := iostreams.Test()
	s.SetTTY(false, true, false)
	s.SetWidth(30)
	if err := s.SetColor("never"); err != nil {
		t.Fatal(err)
	}
	err := Bars(s, "By conversation", []Bar{
		{Label: "bob", Count: 131},
		{Label: "王小明 (chat)", Count: 66},
		{Label: "e\x1b[31mvil", Count: 1},
		{Label: "none"},
		{Label: "…", Note: "12 days without"},
	})
	want := `By conversation
bob            131  ██████████
王小明 (chat)   66  █████
e␛[31mvil        1  ▏
none             0
…              12 days without
`
	if diff := cmp.Diff(want, out.String()); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// TestBarsFit: no line is wider than the terminal, and the counts line up,
// however wide the labels.
func TestBarsFit(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s, _, out, _ := iostreams.Test()
		s.SetTTY(false, true, false)
		width := rapid.IntRange(24, 100).Draw(r, "width")
		s.SetWidth(width)
		labels := rapid.SliceOfN(rapid.StringMatching(`[a-z王👍🏽é]{1,30}`), 1, 6).Draw(r, "labels")
		var bars []Bar
		for _, label := range labels {
			bars = append(bars, Bar{Label: label, Count: rapid.IntRange(100, 999).Draw(r, "count")})
		}
		if err := Bars(s, "T", bars); err != nil {
			r.Fatal(err)
		}
		column := -1
		for i, line := range strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")[1:] {
			if n := displaywidth.String(line); n > width {
				r.Fatalf("%q has %d columns of %d", line, n, width)
			}
			if strings.TrimRight(line, " ") != line {
				r.Fatalf("%q ends with spaces", line)
			}
			at := displaywidth.String(line[:strings.LastIndexAny(line, "0123456789")+1])
			if column >= 0 && at != column {
				r.Fatalf("the count of line %d ends in column %d, the others in %d:\n%s", i+1, at, column, out.String())
			}
			column = at
		}
	})
}
