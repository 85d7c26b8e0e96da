package easemob

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// scan goes through a JSON text for the quick way of reading history. It
// takes plain JSON. For the rest it sets odd, and encoding/json has to look:
// whatever is read here is what that would have read.
type scan struct {
	b     []byte
	at    int
	odd   bool
	lossy bool // a value that was read is not all that the text says
}

// deepest is how far values are followed into one another.
const deepest = 100

// peek is the next character that is no space; 0 at the end.
func (s *scan) peek() byte {
	for ; s.at < len(s.b); s.at++ {
		switch c := s.b[s.at]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// take steps over the next character if it is c.
func (s *scan) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.at++
	return true
}

// want steps over the next character, which has to be c.
func (s *scan) want(c byte) {
	if !s.take(c) {
		s.odd = true
	}
}

// more tells whether an object or an array goes on, and steps over the comma
// between two values or over the end.
func (s *scan) more(end byte, first bool) bool {
	if s.odd || s.take(end) {
		return false
	}
	if !first {
		s.want(',')
	}
	return !s.odd
}

// end tells whether all went well and nothing follows.
func (s *scan) end() bool { return !s.odd && s.peek() == 0 && s.at == len(s.b) }

// quoted is a string as it is written, without its quotes. escapes tells that
// it holds some, which were not checked.
func (s *scan) quoted() (text []byte, escapes bool) {
	s.want('"')
	if s.odd {
		return nil, false
	}
	ascii := true
	rest := s.b[s.at:]
	for i := 0; i < len(rest); i++ {
		c := rest[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			continue
		}
		switch {
		case c == '"':
			s.at += i + 1
			// encoding/json replaces what is no text.
			s.odd = !ascii && !utf8.Valid(rest[:i])
			return rest[:i], escapes
		case c == '\\':
			escapes = true
			i++ // a quote there is not the end
		case c < ' ':
			s.odd = true
			return nil, false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	s.odd = true
	return nil, false
}

// name is the name of an object's field, and steps over the colon. A name
// with escapes is odd.
func (s *scan) name() []byte {
	name, escapes := s.quoted()
	s.odd = s.odd || escapes
	s.want(':')
	return name
}

// string is a string.
func (s *scan) string() string {
	start := s.at
	text, escapes := s.quoted()
	if !escapes || s.odd {
		return string(text)
	}
	var v string
	if err := json.Unmarshal(s.b[start:s.at], &v); err != nil {
		s.odd = true
	}
	s.lossy = s.lossy || halfPair(text)
	return v
}

// halfPair tells of an escaped half of a surrogate pair without its other half:
// Go has no string for it, and encoding/json puts U+FFFD in its place.
func halfPair(text []byte) bool {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		r := escaped(text[i:])
		if !utf16.IsSurrogate(r) {
			i++ // what is escaped may be a backslash
			continue
		}
		if utf16.DecodeRune(r, escaped(text[i+escapeLen:])) == utf8.RuneError {
			return true
		}
		i += 2*escapeLen - 1
	}
	return false
}

// escapeLen is the length of an escape such as \ud83d.
const escapeLen = 6

// escaped is the 16 bits of the \u escape that text begins with; 0 for none.
func escaped(text []byte) rune {
	if len(text) < escapeLen || text[0] != '\\' || text[1] != 'u' {
		return 0
	}
	v, err := strconv.ParseUint(string(text[2:escapeLen]), 16, 16)
	if err != nil {
		return 0
	}
	return rune(v)
}

// number is a number as it is written.
func (s *scan) number() []byte {
	s.peek()
	start := s.at
	for s.at < len(s.b) && strings.IndexByte("+-.0123456789Ee", s.b[s.at]) >= 0 {
		s.at++
	}
	if !json.Valid(s.b[start:s.at]) {
		s.odd = true
	}
	return s.b[start:s.at]
}

// word steps over true, false or null.
func (s *scan) word(word string) {
	if !bytes.HasPrefix(s.b[s.at:], []byte(word)) {
		s.odd = true
		return
	}
	s.at += len(word)
}
