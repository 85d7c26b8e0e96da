package api

import (
	"bytes"
	"encoding/json"
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/roamctl/roamctl/internal/sandbox/store"
)

// decode reads a JSON object from the request's body.
func (c *call) decode(to any) error {
	b, err := io.ReadAll(io.LimitReader(c.r.Body, maxBody+1))
	if err != nil {
		return errBody("the body could not be read: %v", err)
	}
	if len(b) > maxBody {
		return errTooLarge("the body", maxBody)
	}
	b = bytes.TrimSpace(b)
	if len(b) == 0 || b[0] != '{' {
		return errBody("the body must be a JSON object")
	}
	if err := json.Unmarshal(b, to); err != nil {
		return errBody("the body is not the JSON that is expected: %v", err)
	}
	return nil
}

// query returns the request's query.
func (c *call) query() url.Values { return c.r.URL.Query() }

// number reads a whole number, from 1, from the query: the default if it is absent,
// "" or null. It refuses one that is out of range [inferred].
func (c *call) number(name string, most, absent int) (int, error) {
	return c.numberFrom(1, name, most, absent)
}

// numberFrom is number with another minimum.
func (c *call) numberFrom(least int, name string, most, absent int) (int, error) {
	text := c.query().Get(name)
	if text == "" || text == "null" || text == "undefined" {
		return absent, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, errArgument("%s must be a number from %d to %d", name, least, most)
	}
	return n, nil
}

// flag reads a boolean from the query.
func (c *call) flag(name string) bool { return strings.EqualFold(c.query().Get(name), "true") }

// conversationRef reads a conversation's type and name, as the newer routes have
// them.
func (c *call) conversationRef(kind, to string) (store.Ref, error) {
	t, ok := store.ParseChatType(kind)
	if !ok {
		return store.Ref{}, errArgument("type must be chat or groupchat")
	}
	if to == "" {
		return store.Ref{}, errArgument("field to cannot be null or empty")
	}
	return store.Ref{User: c.user, Peer: to, Conference: t != store.Chat}, nil
}
