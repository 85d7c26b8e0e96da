package roaming

import (
	"fmt"
	"strconv"
)

// MessageID is the service's ID of a message: an unsigned 64-bit number, and a string
// in every output. 0 is none.
type MessageID uint64

// ParseMessageID reads a decimal message ID: 1 to 2^64-1, digits only.
func ParseMessageID(s string) (MessageID, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n == 0 || s[0] == '+' {
		return 0, fmt.Errorf("%q is not a message ID: want a decimal number from 1 to 18446744073709551615", s)
	}
	return MessageID(n), nil
}

// String returns the ID in decimal; "" for none.
func (id MessageID) String() string {
	if id == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(id), 10)
}

// MarshalText makes the ID a string in JSON and YAML.
func (id MessageID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (id *MessageID) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*id = 0
		return nil
	}
	v, err := ParseMessageID(string(b))
	*id = v
	return err
}
