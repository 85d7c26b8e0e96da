package easemob

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/roamctl/roamctl/internal/roaming"
)

// The service writes the same field as a number or as a string. These types read
// both, without a float in between.

// text is a JSON string, or a number or boolean as it is written; null is "".
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	switch b = bytes.TrimSpace(b); {
	case string(b) == "null":
		*t = ""
	case b[0] == '"':
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*t = text(s)
	case b[0] == '{' || b[0] == '[':
		return fmt.Errorf("want a string, got %s", clip(string(b), 20))
	default:
		*t = text(b)
	}
	return nil
}

// parseText parses the text in b; "" is the zero value.
func parseText[T any](b []byte, parse func(string) (T, error), want string) (v T, err error) {
	var t text
	if err := t.UnmarshalJSON(b); err != nil || t == "" {
		return v, err
	}
	if v, err = parse(string(t)); err != nil {
		err = fmt.Errorf("want %s, got %q", want, clip(string(t), 40))
	}
	return v, err
}

// integer is a whole number, in quotes or not; null and "" are 0.
type integer int64

func (n *integer) UnmarshalJSON(b []byte) (err error) {
	*n, err = parseText(b, parseInteger, "a whole number")
	return err
}

func parseInteger(s string) (integer, error) {
	if v, err := strconv.ParseInt(s, 10, 64); err == nil {
		return integer(v), nil
	}
	f, err := strconv.ParseFloat(s, 64) // 1.7e12, 50.0
	if f != float64(int64(f)) {
		err = strconv.ErrSyntax
	}
	return integer(f), err
}

// flag is a boolean, or 0, 1 and their like in quotes; null and "" are false.
type flag bool

func (f *flag) UnmarshalJSON(b []byte) error {
	v, err := parseText(b, strconv.ParseBool, "true or false")
	*f = flag(v)
	return err
}

// moment is a time in milliseconds. raw is a value that is not a time.
type moment struct {
	at  roaming.Time
	raw string
}

func (m *moment) UnmarshalJSON(b []byte) (err error) {
	*m, err = parseText(b, func(s string) (moment, error) {
		if n, err := parseInteger(s); err == nil && n > 0 {
			if at, isTime := roaming.Instant(uint64(n)); isTime {
				return moment{at: at}, nil
			}
		}
		return moment{raw: s}, nil
	}, "a time")
	return err
}
