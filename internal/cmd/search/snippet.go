package search

import (
	"strings"
	"unicode/utf8"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/render"
)

// How many characters a snippet has before its first mark, and at most.
const (
	snippetLead   = 10
	snippetLength = 100
)

// maxMarked bounds the text that is looked through for marks. A message has 5 KB
// by the contract (docs/contract.md, section 6), but files can hold any.
const maxMarked = 64 << 10

// snippetOf is the part of a message's text that a query hits first, with its
// marks, or the beginning of the message.
func snippetOf(q query.Query, m *archive.Message) (string, []render.Mark) {
	texts, _ := m.Texts()
	for _, text := range texts {
		text = bounded(text)
		marks := q.Marks(text)
		if len(marks) == 0 {
			continue
		}
		return cut(text, marks)
	}
	return beginning(m)
}

// beginning is the beginning of a message, without marks.
func beginning(m *archive.Message) (string, []render.Mark) {
	s := archive.Stored{Message: *m}
	return cut(bounded(render.Summary(s.Record().Message())), nil)
}

// bounded is a text of bounded length in valid UTF-8.
func bounded(text string) string {
	if len(text) > maxMarked {
		text = text[:maxMarked]
	}
	return strings.ToValidUTF8(text, string(utf8.RuneError))
}

// cut is the part of a text around its first mark.
func cut(text string, marks []query.Mark) (string, []render.Mark) {
	from := 0
	if len(marks) > 0 {
		from = marks[0].From
		for n := 0; n < snippetLead && from > 0; n++ {
			_, size := utf8.DecodeLastRuneInString(text[:from])
			from -= size
		}
	}
	to := from
	for n := 0; n < snippetLength && to < len(text); n++ {
		_, size := utf8.DecodeRuneInString(text[to:])
		to += size
	}
	before, after := "", ""
	if from > 0 {
		before = "…"
	}
	if to < len(text) {
		after = "…"
	}
	var shown []render.Mark
	for _, m := range marks {
		if m.From < to {
			shown = append(shown, render.Mark{From: m.From - from + len(before), To: min(m.To, to) - from + len(before)})
		}
	}
	return before + text[from:to] + after, shown
}

// setSnippet sets a row's snippet and its marks, in bytes and in characters.
func (h *hit) setSnippet(text string, marks []render.Mark) {
	h.Snippet, h.marks, h.Marks = text, marks, [][2]int{}
	for _, m := range marks {
		first := utf8.RuneCountInString(text[:m.From])
		h.Marks = append(h.Marks, [2]int{first, first + utf8.RuneCountInString(text[m.From:m.To])})
	}
}
