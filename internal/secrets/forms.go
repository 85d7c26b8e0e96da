package secrets

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
)

// unit is a byte of text, or of an escape in it, with its place.
type unit struct {
	c        byte
	from, to int
}

func plain(s string) []unit {
	units := make([]unit, len(s))
	for i := range len(s) {
		units[i] = unit{s[i], i, i + 1}
	}
	return units
}

// canonical keeps letters and digits, in lower case: it finds a secret with any
// separators in it, and base64 in both alphabets.
func canonical(units []unit) []unit {
	kept := make([]unit, 0, len(units))
	for _, u := range units {
		switch {
		case u.c >= 'A' && u.c <= 'Z':
			u.c += 'a' - 'A'
			kept = append(kept, u)
		case u.c >= 'a' && u.c <= 'z', u.c >= '0' && u.c <= '9':
			kept = append(kept, u)
		}
	}
	return kept
}

func letters(units []unit) []byte {
	b := make([]byte, len(units))
	for i, u := range units {
		b[i] = u.c
	}
	return b
}

// forms returns a secret as it is, in hex, and as a part of longer base64, where it may
// begin at three places.
func forms(secret string) []string {
	all := []string{secret, hex.EncodeToString([]byte(secret))}
	for before := range 3 {
		b := base64.RawStdEncoding.EncodeToString(append(make([]byte, before), secret...))
		if (before+len(secret))%3 != 0 {
			b = b[:len(b)-1] // holds bits of what follows
		}
		if before > 0 {
			b = b[before+1:] // holds bits of what precedes
		}
		all = append(all, b)
	}
	return all
}

// decode resolves one layer of escapes: %41, \u0041, \x41, \n, &#65; &#x41; &amp;
func decode(units []unit) (out []unit, changed bool) {
	out = make([]unit, 0, len(units))
	for i := 0; i < len(units); {
		c, n := escape(units[i:])
		if n == 0 {
			out = append(out, units[i])
			i++
			continue
		}
		out = append(out, unit{c, units[i].from, units[i+n-1].to})
		i += n
		changed = true
	}
	return out, changed
}

// escape returns the character of the escape that units begin with, and its length; 0
// for none.
func escape(units []unit) (c byte, n int) {
	text := string(letters(units[:min(len(units), 12)]))
	switch {
	case len(text) < 2:
		return 0, 0
	case text[0] == '%':
		return number(text, 1, 3, 16)
	case text[0] == '\\' && (text[1] == 'u' || text[1] == 'U'):
		return number(text, 2, 6, 16)
	case text[0] == '\\' && text[1] == 'x':
		return number(text, 2, 4, 16)
	case text[0] == '\\':
		if c := text[1]; c == '\\' || c == '/' || c == '"' {
			return c, 2
		}
		return ' ', 2
	case text[0] == '&':
		return entity(text)
	}
	return 0, 0
}

// number parses digits of an escape.
func number(text string, from, to, base int) (c byte, n int) {
	if len(text) < to {
		return 0, 0
	}
	v, err := strconv.ParseUint(text[from:to], base, 32)
	if err != nil {
		return 0, 0
	}
	if v > 127 {
		return ' ', to
	}
	return byte(v), to
}

// entity parses &#65; and &#x41;; &name; is not a letter.
func entity(text string) (c byte, n int) {
	end := 1
	for end < len(text) && text[end] != ';' {
		end++
	}
	if end == len(text) {
		return 0, 0
	}
	switch {
	case text[1] != '#':
		return ' ', end + 1
	case end > 2 && (text[2] == 'x' || text[2] == 'X'):
		c, n = number(text, 3, end, 16)
	default:
		c, n = number(text, 2, end, 10)
	}
	if n > 0 {
		n++
	}
	return c, n
}
