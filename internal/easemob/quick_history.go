package easemob

import (
	"bytes"
	"encoding/json"
)

// quick reads an answer of the contract's form (section 3) and keeps the items
// as parts of b. Where it is false, encoding/json has to say.
func (a *historyAnswer) quick(b []byte) bool {
	var data historyData
	found := false
	s := scan{b: b}
	s.want('{')
	for first := true; s.more('}', first); first = false {
		switch name := s.name(); {
		case string(name) == "data":
			found = true
			s.historyData(&data)
		case like(name, "data"):
			s.odd = true
		default:
			s.skip(1)
		}
	}
	if !found || !s.end() {
		return false
	}
	a.Data = &data
	return true
}

func (s *scan) historyData(data *historyData) {
	s.want('{')
	for first := true; s.more('}', first); first = false {
		var err error
		switch name := s.name(); {
		case string(name) == "msgs":
			data.Msgs = s.items()
		case string(name) == "is_last":
			err = s.lenient(&data.IsLast)
		case string(name) == "next_key":
			err = s.lenient(&data.NextKey)
		case like(name, "msgs"), like(name, "is_last"), like(name, "next_key"):
			s.odd = true
		default:
			s.skip(1)
		}
		s.odd = s.odd || err != nil
	}
}

// like tells of a name that encoding/json takes for a field's: it does not
// look at case.
func like(name []byte, field string) bool { return bytes.EqualFold(name, []byte(field)) }

// lenient reads a value with one of the types of lenient.go.
func (s *scan) lenient(v json.Unmarshaler) error {
	raw := s.skip(1)
	if s.odd {
		return nil
	}
	return v.UnmarshalJSON(raw)
}

// items are the values of an array as they are written.
func (s *scan) items() entries {
	items := entries{}
	s.want('[')
	for first := true; s.more(']', first); first = false {
		if len(items) == maxEntries {
			s.odd = true
			return nil
		}
		items = append(items, s.skip(1))
	}
	return items
}

// quickItem is the base64 in an item of the contract's form, {"msg":"..."}, a
// part of raw. Where it is false, encoding/json has to say.
func quickItem(raw []byte) ([]byte, bool) {
	var encoded []byte
	s := scan{b: raw}
	s.want('{')
	for first := true; s.more('}', first); first = false {
		switch name := s.name(); {
		case string(name) == "msg":
			var escapes bool
			encoded, escapes = s.quoted()
			s.odd = s.odd || escapes
		case like(name, "msg"):
			s.odd = true
		default:
			s.skip(1)
		}
	}
	return encoded, s.end() && encoded != nil
}
