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

// integer is a whole number, in quotes or not; null and "" are 0.
type integer int64

func (n *integer) UnmarshalJSON(b []byte) error {
	var t text
	if err := t.UnmarshalJSON(b); err != nil {
		return err
	}
	if t == "" {
		*n = 0
		return nil
	}
	if v, err := strconv.ParseInt(string(t), 10, 64); err == nil {
		*n = integer(v)
		return nil
	}
	f, err := strconv.ParseFloat(string(t), 64) // 1.7e12, 50.0
	if err != nil || f != float64(int64(f)) {
		return fmt.Errorf("want a whole number, got %q", clip(string(t), 40))
	}
	*n = integer(f)
	return nil
}

// flag is a boolean, or 0, 1 and their like in quotes; null and "" are false.
type flag bool

func (f *flag) UnmarshalJSON(b []byte) error {
	var t text
	if err := t.UnmarshalJSON(b); err != nil {
		return err
	}
	if t == "" {
		*f = false
		return nil
	}
	v, err := strconv.ParseBool(string(t))
	if err != nil {
		return fmt.Errorf("want true or false, got %q", clip(string(t), 40))
	}
	*f = flag(v)
	return nil
}

// moment is a time in milliseconds. raw is a value that is not a time.
type moment struct {
	at  roaming.Time
	raw string
}

func (m *moment) UnmarshalJSON(b []byte) error {
	var t text
	if err := t.UnmarshalJSON(b); err != nil || t == "" {
		*m = moment{}
		return err
	}
	var n integer
	if n.UnmarshalJSON(b) == nil && n > 0 {
		if at, isTime := instant(uint64(n)); isTime {
			*m = moment{at: at}
			return nil
		}
	}
	*m = moment{raw: string(t)}
	return nil
}
