package render_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/roamctl/roamctl/internal/iostreams"
	"github.com/roamctl/roamctl/internal/render"
)

// hits is a view whose text stands out where it has "x".
func hits() render.View[string] {
	v := markedView()
	v.Columns[1].Marks = func(s string) (marks []render.Mark) {
		for at := 0; ; {
			i := strings.IndexByte(s[at:], 'x')
			if i < 0 {
				return marks
			}
			marks = append(marks, render.Mark{From: at + i, To: at + i + 1})
			at += i + 1
		}
	}
	return v
}

func shownHits(t *testing.T, color string, width int, rows ...string) string {
	t.Helper()
	io, _, out, _ := iostreams.Test()
	if err := io.SetColor(color); err != nil {
		t.Fatal(err)
	}
	if width > 0 {
		io.SetTTY(true, true, true)
		io.SetWidth(width)
	}
	l, err := render.NewList(io, render.Options{}, hits())
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Write(rows...); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(""); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestMarksStandOut(t *testing.T) {
	rows := []string{"发x票", "plain", "\u2061x\u2062 \x1b[31m", "xx" + strings.Repeat("长x", 40)}
	plain := shownHits(t, "never", 0, rows...)
	for _, want := range []string{"发[x]票", "⟨U+2061⟩[x]⟨U+2062⟩ ␛[31m", "[x][x]长[x]"} {
		if !strings.Contains(plain, want) {
			t.Errorf("no %q in\n%s", want, plain)
		}
	}
	for _, width := range []int{0, 20, 40, 80} {
		colored := shownHits(t, "always", width, rows...)
		if !strings.Contains(colored, "发\x1b[31mx\x1b[0m票") || strings.ContainsAny(colored, "\u2061\u2062") || strings.Contains(colored, "[x]") {
			t.Errorf("width %d:\n%q", width, colored)
		}
		bare := strings.Split(strings.TrimSuffix(ansi.Strip(colored), "\n"), "\n")
		for _, line := range bare {
			if w := ansi.StringWidth(line); width >= 40 && (w > width || w != ansi.StringWidth(bare[0])) {
				t.Errorf("width %d: %q is %d wide, the header %d", width, line, w, ansi.StringWidth(bare[0]))
			}
		}
	}
}
