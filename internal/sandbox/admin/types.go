package admin

import (
	"errors"
	"strconv"

	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/sandbox/store"
)

// Root is the path of everything that New serves.
const Root = "/_sandbox/"

// Device is a connected device.
type Device struct {
	User   string       `json:"user"`
	Device string       `json:"device"` // the resource
	Name   string       `json:"name"`   // the device's own
	Since  roaming.Time `json:"since"`
}

// Event is something that happened.
type Event struct {
	Seq          int64        `json:"seq"`
	Time         roaming.Time `json:"time"`
	Kind         string       `json:"kind"` // a store.EventKind
	User         string       `json:"user"`
	Device       string       `json:"device"`
	Type         string       `json:"chat_type"` // chat, group, room; "" if it is about no conversation
	Conversation string       `json:"conversation"`
	MessageID    string       `json:"message_id"`
	Detail       string       `json:"detail"`
	// Of a refusal.
	Method string `json:"method"` // of HTTP; of a device what it did
	Route  string `json:"route"`  // the pattern; the path of a request that no route is for
	Status int    `json:"status"` // of HTTP; 0 for a device's frame
}

// SendRequest is a message to send as From's client.
type SendRequest struct {
	From string         `json:"from"`
	To   string         `json:"to"`   // a user ID, or a group's or room's ID
	Type string         `json:"type"` // chat, groupchat or chatroom
	Body map[string]any `json:"body"` // docs/contract.md, section 6, with "type"
	Ext  map[string]any `json:"ext"`
}

// UserRequest is an account to create, or one whose password is to be set.
type UserRequest struct {
	User     string `json:"user"`
	Password string `json:"password"` // "" for none, and for an account that keeps its own
}

type added struct {
	Created bool `json:"created"`
}

// ErrTooLarge refuses a message that no client can send.
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

// page is an answer with events; Next is the after of the next request.
type page struct {
	Items []Event `json:"items"`
	Next  int64   `json:"next"`
}

func newEvent(e store.Event) Event {
	out := Event{
		Type: map[store.ChatType]string{store.Chat: "chat", store.Group: "group", store.Room: "room"}[e.Type],
		Seq:  e.Seq, Time: roaming.Millis(e.Time), Kind: string(e.Kind), User: e.User, Device: e.Device,
		Conversation: e.Conversation, Detail: e.Detail,
	}
	if e.Refusal != nil {
		out.Method, out.Route, out.Status = e.Refusal.Method, e.Refusal.Route, e.Refusal.Status
	}
	if e.MessageID != 0 {
		out.MessageID = strconv.FormatUint(e.MessageID, 10)
	}
	return out
}
