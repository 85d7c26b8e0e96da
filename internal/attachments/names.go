package attachments

import (
	"fmt"
	"path"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Names are the names of a folder's files. No two of them are the same on any file
// system, whatever it does with capitals and accents.
type Names struct {
	taken map[string]bool // by folded name
}

// Reserve takes a name. It reports false if that is taken.
func (n *Names) Reserve(name string) bool {
	if n.taken == nil {
		n.taken = map[string]bool{}
	}
	key := folded(name)
	if n.taken[key] {
		return false
	}
	n.taken[key] = true
	return true
}

// Take returns a free name for a file: the one that Type.Name made, or, if that is
// taken, with the first digits of the file's SHA-256 before the ending.
func (n *Names) Take(name, digest string) string {
	const digits = 10
	ext := path.Ext(name)
	stem := strings.TrimSuffix(name, ext) + "~" + digest[:min(digits, len(digest))]
	for i := 1; !n.Reserve(name); i++ {
		name = stem + ext
		if i > 1 {
			name = fmt.Sprintf("%s-%d%s", stem, i, ext)
		}
	}
	return name
}

// folded returns the same for all names that a file system may take for one: without
// case, without the ways to write an accent, and without what is not visible.
func folded(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) {
			return -1
		}
		return r
	}, name)
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(name)))
}
