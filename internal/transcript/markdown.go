package transcript

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// escapeMarkdown makes a line of text mean nothing in CommonMark and in GitHub's
// Markdown: no emphasis, code, link, picture, HTML, table, list, formula or emoji. It
// escapes what would mean something at its place, and nothing else.
func escapeMarkdown(s string) string {
	var b strings.Builder
	l := line{first: true, digits: true, before: ' '}
	for i, r := range s {
		_, size := utf8.DecodeRuneInString(s[i:])
		l.rest = s[i+size:]
		switch {
		case (r == ' ' || r == '\t') && l.first:
			b.WriteString("&nbsp;")
			continue
		case l.means(r):
			b.WriteByte('\\')
		}
		l.first, l.digits, l.before = false, l.digits && r >= '0' && r <= '9', r
		b.WriteRune(r)
	}
	return b.String()
}

// line is what surrounds a character of a line.
type line struct {
	first  bool   // only white space is before it
	digits bool   // only white space and digits are before it
	before rune   // a space at the start
	rest   string // what is after it
}

// means reports whether Markdown may take a character for more than itself.
func (l line) means(r rune) bool {
	after, _ := utf8.DecodeRuneInString(l.rest)
	ends := l.rest == "" || after == ' ' || after == '\t'
	switch r {
	case '\\', '`', '*', '[', '<', '|', '~', '@', '$':
		return true
	case '_': // not inside a word
		return !isWord(l.before) || !isWord(after)
	case '&': // an entity
		return after == '#' || isLetter(after)
	case '#': // a heading, or its end
		return l.before == ' ' || l.before == '#'
	case '>':
		return l.first
	case '-', '+', '=': // a list, a rule or a heading
		return l.first && (ends || after == r || after == ':')
	case '.': // a numbered list, or a link of www.
		return l.digits && !l.first && ends || l.before == 'w' || l.before == 'W'
	case ')':
		return l.digits && !l.first && ends
	case ':': // a link, a table's column or an emoji
		return strings.HasPrefix(l.rest, "//") || isLetter(after) || after == '+' || after == '-' || !isWord(l.before) && isWord(after)
	}
	return false
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
