package admin

import (
	"errors"
	"time"
)

// Root is the path under which everything here is served.
const Root = "/_sandbox/"

// Time is written in UTC with milliseconds, always three digits.
type Time struct{ time.Time }

// MarshalJSON is part of json.Marshaler.
func (t Time) MarshalJSON() ([]byte, error) {
	return t.UTC().AppendFormat(nil, `"2006-01-02T15:04:05.000Z"`), nil
}

// Device is a connected device.
type Device struct {
	User   string `json:"user"`
	Device string `json:"device"` // its resource
	Name   string `json:"name"`   // as it calls itself
	Since  Time   `json:"since"`
}

// Event is something that happened.
type Event struct {
	Seq          int64  `json:"seq"`
	Time         Time   `json:"time"`
	Kind         string `json:"kind"` // as store.EventKind has them
	User         string `json:"user"`
	Device       string `json:"device"`
	Type         string `json:"chat_type"` // chat, group, room; "" when it is about no conversation
	Conversation string `json:"conversation"`
	MessageID    string `json:"message_id"`
	Detail       string `json:"detail"`
}

// SendRequest is a message to send as From's client would.
type SendRequest struct {
	From string         `json:"from"`
	To   string         `json:"to"`   // a user ID, or a group's or room's ID
	Type string         `json:"type"` // chat, groupchat or chatroom
	Body map[string]any `json:"body"` // section 6 of the contract, with "type"
	Ext  map[string]any `json:"ext"`
}

// ErrTooLarge is a message that no client could send.
var ErrTooLarge = errors.New("the message is larger than the 5 KB that the service takes")

type sent struct {
	ID string `json:"id"`
}

type failure struct {
	Error string `json:"error"`
}

type list[T any] struct {
	Items []T `json:"items"`
}
