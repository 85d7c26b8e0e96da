package render_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/render"
)

// wideRow has a name and a number that no terminal has room for.
type wideRow struct {
	name, text string
	count      int
}

// crowdedView has more columns than 80 characters hold.
func crowdedView() render.View[wideRow] {
	name := func(id, header string, spare int) render.Column[wideRow] {
		return render.Column[wideRow]{Name: id, Header: header, Default: true, DropOrder: spare, Cell: func(r wideRow, _ render.Env) string { return r.name }}
	}
	return render.View[wideRow]{Columns: []render.Column[wideRow]{
		name("id", "", 0),
		name("user", "", 2),
		name("conversation", "", 0),
		{Name: "restored_before", Default: true, Right: true, Cell: func(r wideRow, _ render.Env) string { return strings.Repeat("9", r.count) }},
		name("operator", "", 1),
		{Name: "words", Default: true, Flex: true, Cell: func(r wideRow, _ render.Env) string { return r.text }},
		name("end", mark, 0),
	}}
}

// No line is wider than the terminal, whatever is in the cells and however many
// pages there are, and no number is cut.
func TestTablesKeepToTheWidth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.SampledFrom([]int{20, 40, 60, 80, 200}).Draw(t, "width")
		var rows []wideRow
		for range rapid.IntRange(1, 6).Draw(t, "rows") {
			rows = append(rows, wideRow{hostile().Draw(t, "name"), hostile().Draw(t, "text"), 9})
		}
		o := options(render.Table)
		o.NoHeader = rapid.Bool().Draw(t, "no header") && width > 40
		got := list(t, o, crowdedView(), width, rapid.IntRange(1, 3).Draw(t, "page"), rows...)
		for line := range strings.Lines(got) {
			if w := ansi.StringWidth(strings.TrimSuffix(line, "\n")); w > width {
				t.Fatalf("line %q is %d columns wide, the terminal %d:\n%s", line, w, width, got)
			}
		}
		if n := strings.Count(got, "999999999"); width > 40 && n < len(rows) {
			t.Fatalf("%d of %d numbers are whole:\n%s", n, len(rows), got)
		}
	})
}

func TestNarrowTables(t *testing.T) {
	rows := []wideRow{{"20261129T233851-d738be", "因为他发了很多垃圾消息 🎉🎉 and more", 2}, {"b", "short", 1}}
	for _, width := range []int{40, 80, 100, 200} {
		golden(t, fmt.Sprintf("narrow-%d.table", width), list(t, options(render.Table), crowdedView(), width, 9, rows...))
	}
}

// Columns that were asked for by name are never left out.
func TestChosenColumnsStay(t *testing.T) {
	o := options(render.Table)
	o.Columns = []string{"user", "operator", "conversation"}
	got := list(t, o, crowdedView(), 64, 9, wideRow{name: strings.Repeat("n", 40)})
	if want := "USER                            OPERATOR         CONVERSATION\n"; !strings.HasPrefix(got, want) {
		t.Errorf("%s", got)
	}
}
