package tokens

import (
	"sort"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Offsets leads from places in a normalised text back to the text it was made
// of.
type Offsets struct {
	Normalized string
	out, in    []int // where pieces begin: in the normalised text, in the original
}

// WithOffsets is Normalize that keeps where each piece came from.
func WithOffsets(text string) Offsets {
	text = strings.ToValidUTF8(text, string(utf8.RuneError))
	var o Offsets
	var b strings.Builder
	fold := cases.Fold()
	for at := 0; at < len(text); {
		size := norm.NFKC.NextBoundaryInString(text[at:], true)
		o.out, o.in = append(o.out, b.Len()), append(o.in, at)
		b.WriteString(norm.NFKC.String(fold.String(norm.NFKC.String(text[at : at+size]))))
		at += size
	}
	o.out, o.in = append(o.out, b.Len()), append(o.in, len(text))
	if o.Normalized = Normalize(text); o.Normalized != b.String() {
		// Folding joined two pieces, which is rare: all of it is one piece then.
		o.out, o.in = []int{0, len(o.Normalized)}, []int{0, len(text)}
	}
	return o
}

// Original is the part of the original text that a part of the normalised text
// was made of, in bytes.
func (o Offsets) Original(start, end int) (from, to int) {
	first := sort.Search(len(o.out), func(i int) bool { return o.out[i] > start }) - 1
	last := sort.SearchInts(o.out, end)
	return o.in[max(first, 0)], o.in[min(last, len(o.in)-1)]
}
