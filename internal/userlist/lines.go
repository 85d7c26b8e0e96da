package userlist

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// plain is a file of one ID a line. A # at the beginning of a line or after white space
// begins a comment.
type plain struct {
	*input
	flag string // that of the column
}

func (f plain) id(line []byte) (id string, found bool, err error) {
	for i, c := range line {
		if c == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			line = line[:i]
			break
		}
	}
	if line = bytes.TrimSpace(line); len(line) == 0 {
		return "", false, nil
	}
	if err := checkBytes(line); err != nil {
		return "", false, err
	}
	switch {
	case line[0] == '{', line[0] == '[':
		return "", false, fmt.Errorf("looks like JSON; %s NAME reads a member of one object a line", f.flag)
	case bytes.IndexByte(line, ',') >= 0:
		return "", false, fmt.Errorf("looks like CSV, with the comma; %s NAME reads a column of a file with a header", f.flag)
	}
	return string(line), true, nil
}

// ndjson is a file of one JSON object a line. The ID is the member of that name or, if
// there is none, at that path.
type ndjson struct {
	*input
	name string
	path []string
}

func newNDJSON(in *input, name string) ndjson {
	return ndjson{in, name, strings.Split(name, ".")}
}

func (f ndjson) id(line []byte) (id string, found bool, err error) {
	if err := checkBytes(line); err != nil {
		return "", false, err
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(line, &object) != nil || object == nil { // null gives nil
		return "", false, errors.New("not one JSON object")
	}
	value, found := object[f.name]
	if !found {
		value, found = lookup(object, f.path)
	}
	if !found {
		return "", false, fmt.Errorf("it has no member %q", f.name)
	}
	if id, err = scalar(value); err != nil {
		return "", false, fmt.Errorf("member %q %w", f.name, err)
	}
	return strings.TrimSpace(id), true, nil
}

func lookup(object map[string]json.RawMessage, path []string) (value json.RawMessage, found bool) {
	for i, name := range path {
		value, found = object[name]
		if !found || i == len(path)-1 {
			break
		}
		object = nil // stays nil if the value is not an object
		_ = json.Unmarshal(value, &object)
	}
	return value, found
}

// scalar returns a string, or a number as it is written: as a float64 a long one would
// become another user's.
func scalar(value json.RawMessage) (id string, err error) {
	switch first := value[0]; {
	case first == '"':
		err = json.Unmarshal(value, &id)
		return id, err
	case first == '-', first >= '0' && first <= '9':
		return string(value), nil
	default:
		return "", errors.New("is neither a string nor a number")
	}
}

// checkBytes refuses a line that is not text.
func checkBytes(line []byte) error {
	switch {
	case bytes.IndexByte(line, 0) >= 0:
		return errors.New("there is a NUL byte in it")
	case !utf8.Valid(line):
		return errors.New("not valid UTF-8")
	}
	return nil
}

// checkText refuses an ID with characters that cannot be seen: the service would find
// no such user, and the reason could not be seen.
func checkText(id string) error {
	if id == "" {
		return errors.New("the ID is empty")
	}
	for _, r := range id {
		switch {
		case r < utf8.RuneSelf && r >= ' ' && r != 0x7f: // most of them
		case unicode.IsControl(r):
			return fmt.Errorf("the ID has a control character in it (%U)", r)
		case unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp):
			return fmt.Errorf("the ID has an invisible character in it (%U)", r)
		case r == utf8.RuneError:
			return fmt.Errorf("the ID has lost a character (%U is in its place)", r)
		}
	}
	return nil
}
