package userlist

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// lines is a file in which every line stands for itself: plain or NDJSON.
type lines struct {
	in *input
	o  Options
	// parse is the user ID in a line that is not blank, or false for a comment.
	parse func(line []byte) (id string, found bool, err error)
}

func (l *lines) next() (Entry, error) {
	for {
		text, next, err := l.in.lineAt(0)
		n := l.in.line
		if _, malformed := errors.AsType[formError](err); malformed {
			bad := l.o.bad(n, text, err) // copies the text that skipLine overwrites
			l.in.skipLine()
			return Entry{}, bad
		}
		if err != nil {
			return Entry{}, err
		}
		l.in.take(next, 1)
		text = bytes.TrimSpace(text)
		if len(text) == 0 {
			continue
		}
		id, found, err := l.parse(text)
		if err == nil && !found {
			continue
		}
		if err == nil {
			err = l.o.check(id)
		}
		if err != nil {
			return Entry{}, l.o.bad(n, text, err)
		}
		return Entry{Line: n, User: id}, nil
	}
}

// plainID is the user ID that a line consists of. A # at its beginning or after
// white space begins a comment.
func plainID(line []byte) (id string, found bool, err error) {
	line = bytes.TrimSpace(uncomment(line))
	if len(line) == 0 {
		return "", false, nil
	}
	if err := checkBytes(line); err != nil {
		return "", false, err
	}
	switch {
	case line[0] == '{', line[0] == '[':
		return "", false, errors.New("looks like JSON; --users-column NAME reads a member of one object a line")
	case bytes.IndexByte(line, ',') >= 0:
		return "", false, errors.New("looks like CSV, with the comma; --users-column NAME reads a column of a file with a header")
	}
	return string(line), true, nil
}

func uncomment(line []byte) []byte {
	for i, c := range line {
		if c == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			return line[:i]
		}
	}
	return line
}

// member reads the member of that name, or at that path, from a JSON object. A
// name with dots is looked for as it is first.
func member(name string) func(line []byte) (string, bool, error) {
	path := strings.Split(name, ".")
	return func(line []byte) (string, bool, error) {
		if err := checkBytes(line); err != nil {
			return "", false, err
		}
		var object map[string]json.RawMessage
		if err := json.Unmarshal(line, &object); err != nil {
			return "", false, fmt.Errorf("not a JSON object: %w", err)
		}
		if object == nil { // null can be unmarshalled into anything
			return "", false, errors.New("null, not a JSON object")
		}
		value, found := object[name]
		if !found {
			value, found = lookup(object, path)
		}
		if !found {
			return "", false, fmt.Errorf("it has no member %q", name)
		}
		id, err := scalar(value)
		if err != nil {
			return "", false, fmt.Errorf("member %q %w", name, err)
		}
		return strings.TrimSpace(id), true, nil
	}
}

func lookup(object map[string]json.RawMessage, path []string) (value json.RawMessage, found bool) {
	for i, name := range path {
		value, found = object[name]
		if !found || i == len(path)-1 {
			break
		}
		object = nil // what is no object leaves it so, and has no members
		_ = json.Unmarshal(value, &object)
	}
	return value, found
}

// scalar is the ID that a value gives: a string, or a number as it is written,
// since as a float64 a long one would become another user's.
func scalar(value json.RawMessage) (string, error) {
	var id string
	switch first := value[0]; {
	case first == '"':
		err := json.Unmarshal(value, &id)
		return id, err
	case first == '-', first >= '0' && first <= '9':
		return string(value), nil
	default:
		return "", errors.New("is neither a string nor a number")
	}
}
