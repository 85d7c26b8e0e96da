package easemob

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// scan goes through a JSON text for the quick way of reading history. It
// takes plain JSON. For the rest it sets odd, and encoding/json has to look:
// whatever is read here is what that would have read.
type scan struct {
	b   []byte
	at  int
	odd bool
}

// deepest is how far values are followed into one another here; encoding/json
// follows 10,000 levels.
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
	return v
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
