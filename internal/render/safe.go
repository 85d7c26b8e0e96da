package render

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Safe makes visible what a terminal would obey or hide: control characters
// and with them every escape sequence, line breaks, bidirectional controls,
// zero-width and other invisible characters, invalid UTF-8. Emoji sequences
// and the joiners that scripts need stay as they are. The result is one line,
// and Safe of it is the same.
func Safe(s string) string {
	return filter(s, false, visible)
}

// SafeLines is Safe for text of several lines: line breaks and tabs stay.
func SafeLines(s string) string {
	return filter(strings.ReplaceAll(s, "\r\n", "\n"), true, visible)
}

// escapeJSON is an encoded JSON text with the same value that Safe would not
// change, its own line breaks aside.
func escapeJSON(s string) string { return filter(s, true, escaped) }

// filter copies s and puts show's text for each character to be seen rather
// than obeyed.
func filter(s string, lines bool, show func(r rune, raw string) string) string {
	if plainASCII(s, lines) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	var c context
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		rest := s[i+size:]
		switch n := flagLength(s[i:]); {
		case n > 0: // the flags of England, Scotland and Wales
			b.WriteString(s[i : i+n])
			c.kept(r)
			size = n
		case lines && (r == '\n' || r == '\t'):
			b.WriteRune(r)
			c.replaced()
		case r == utf8.RuneError && size == 1, !c.harmless(r, rest):
			if !lines && r == '\r' && strings.HasPrefix(rest, "\n") {
				size, r = 2, '\n'
			}
			b.WriteString(show(r, s[i:i+size]))
			c.replaced()
		default:
			b.WriteString(s[i : i+size])
			c.kept(r)
		}
		i += size
	}
	return b.String()
}

func plainASCII(s string, lines bool) bool {
	for i := range len(s) {
		if c := s[i]; (c < ' ' || c > '~') && (!lines || c != '\n' && c != '\t') {
			return false
		}
	}
	return true
}

// visible is how a person sees what must not be obeyed.
func visible(r rune, raw string) string {
	switch {
	case r == utf8.RuneError && len(raw) == 1:
		return fmt.Sprintf("⟨0x%02X⟩", raw[0])
	case r == '\n':
		return "⏎"
	case r < ' ':
		return string('␀' + r)
	case r == 0x7F:
		return "␡"
	default:
		return fmt.Sprintf("⟨U+%04X⟩", r)
	}
}

// escaped is a JSON string escape.
func escaped(r rune, _ string) string {
	if r <= 0xFFFF {
		return fmt.Sprintf(`\u%04x`, r)
	}
	hi, lo := utf16.EncodeRune(r)
	return fmt.Sprintf(`\u%04x\u%04x`, hi, lo)
}
