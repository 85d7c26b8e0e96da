package easemob

import "encoding/json"

// decodeJSON is a JSON text's value in Go's terms, with numbers as they are
// written. exact tells that writing the value again gives the same JSON: no
// object has a name twice, no string has half of a surrogate pair. What is not
// JSON, not UTF-8 or nested too deep stays the text that it is, inexact.
func decodeJSON(b []byte) (value any, exact bool) {
	s := scan{b: b}
	v := s.value(1)
	if !s.end() {
		return string(b), false
	}
	return v, !s.lossy
}

// value is the next value, depth levels down.
func (s *scan) value(depth int) any {
	if depth > deepest {
		s.odd = true
		return nil
	}
	switch s.peek() {
	case '{':
		return s.object(depth)
	case '[':
		return s.array(depth)
	case '"':
		return s.string()
	case 't':
		s.word("true")
		return true
	case 'f':
		s.word("false")
		return false
	case 'n':
		s.word("null")
		return nil
	default:
		return json.Number(s.number())
	}
}

func (s *scan) object(depth int) map[string]any {
	m := map[string]any{}
	s.want('{')
	for first := true; s.more('}', first); first = false {
		name := s.string()
		s.want(':')
		_, twice := m[name]
		s.lossy = s.lossy || twice
		m[name] = s.value(depth + 1)
	}
	return m
}

func (s *scan) array(depth int) []any {
	list := []any{}
	s.want('[')
	for first := true; s.more(']', first); first = false {
		list = append(list, s.value(depth+1))
	}
	return list
}

// skip steps over a value, depth levels down, and is it as it is written.
func (s *scan) skip(depth int) []byte {
	if depth > deepest {
		s.odd = true
		return nil
	}
	c := s.peek()
	start := s.at
	switch c {
	case '{', '[':
		s.skipInto(c, depth)
	case '"':
		if _, escapes := s.quoted(); escapes && !json.Valid(s.b[start:s.at]) {
			s.odd = true
		}
	case 't':
		s.word("true")
	case 'f':
		s.word("false")
	case 'n':
		s.word("null")
	default:
		s.number()
	}
	return s.b[start:s.at]
}

// skipInto steps over an object or an array.
func (s *scan) skipInto(open byte, depth int) {
	end := open + 2 // ']' and '}' are two after '[' and '{'
	s.want(open)
	for first := true; s.more(end, first); first = false {
		if open == '{' {
			s.name()
		}
		s.skip(depth + 1)
	}
}
