package userlist

import (
	"bytes"
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// checkBytes refuses a line that is not text. A comma or a quote in it may be
// no comma and no quote, so nothing in the line can be trusted.
func checkBytes(line []byte) error {
	switch {
	case bytes.IndexByte(line, 0) >= 0:
		return errors.New("there is a NUL byte in it")
	case !utf8.Valid(line):
		return errors.New("not valid UTF-8")
	}
	return nil
}

// checkText refuses an ID that does not look like what it is: the service would
// find no such user, and nobody would see why.
func checkText(id string) error {
	if id == "" {
		return errors.New("the user ID is empty")
	}
	for _, r := range id {
		switch {
		case r < utf8.RuneSelf && r >= ' ' && r != 0x7f: // nearly all of them
		case unicode.IsControl(r):
			return fmt.Errorf("the user ID has a control character in it (%U)", r)
		case unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp):
			return fmt.Errorf("the user ID has an invisible character in it (%U)", r)
		case r == utf8.RuneError:
			return fmt.Errorf("the user ID has lost a character (%U is in its place)", r)
		}
	}
	return nil
}
