// Package download saves the attachments of a user's messages in a folder, under
// names that are safe, each content once. A manifest lists them.
package download

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/attachments"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

// State is what became of an attachment.
type State string

// The states. An attachment that is not Saved is requested again by the next run.
const (
	Pending  State = "pending"   // not requested yet
	Saved    State = "saved"     // in the folder
	Mismatch State = "mismatch"  // in the folder, but text where the message has a picture, a recording or a video
	Expired  State = "expired"   // the service kept it for 7 days, and no longer has it
	Refused  State = "refused"   // the server denies it, or the URL is not one to request
	NoHost   State = "host"      // its host is not allowed
	TooLarge State = "too-large" // larger than allowed
	Failed   State = "failed"    // any other reason
)

// Missing returns the states of attachments that are not as they should be.
func Missing() []State { return []State{Failed, Expired, Refused, NoHost, TooLarge, Mismatch, Pending} }

// Entry is a line of the manifest: an attachment and what became of it.
type Entry struct {
	ID           string           `json:"id"` // of the message, or a digest for one without
	Conversation string           `json:"conversation"`
	ChatType     roaming.ChatType `json:"chat_type"`
	From         string           `json:"from"`
	Timestamp    roaming.Time     `json:"timestamp"`
	Kind         roaming.Kind     `json:"kind"`
	Name         string           `json:"name"`          // as the sender called it
	DeclaredSize int64            `json:"declared_size"` // as the message says; 0 if it does not
	Expires      roaming.Time     `json:"expires"`       // the service may delete it after that; null if unknown
	State        State            `json:"state"`
	File         string           `json:"file"`   // its name in the folder; "" without it
	Size         int64            `json:"size"`   // of the file
	Type         string           `json:"type"`   // of the content; "" without it
	SHA256       string           `json:"sha256"` // likewise
	Reason       string           `json:"reason"` // why it is not saved, or what is unusual about it
}

// key names an attachment in a manifest.
type key struct {
	chatType         roaming.ChatType
	conversation, id string
}

func (e *Entry) key() key { return key{e.ChatType, e.Conversation, e.ID} }

// Item is an attachment to save.
type Item struct {
	Entry

	url, secret string
	message     source.Message // what a source needs to find the file
}

// newItem returns the attachment of a message; false if it has none.
func newItem(m source.Message) (Item, bool) {
	if !source.File.Has(m.Message) {
		return Item{}, false
	}
	text := func(name string) string { s, _ := m.Body[name].(string); return s }
	i := Item{url: text("url"), secret: text("secret"), Entry: Entry{
		ID: cmp.Or(m.ID.String(), m.Key.String()), Conversation: m.Conversation, ChatType: m.ChatType, From: m.From,
		Timestamp: m.Timestamp, Kind: m.Kind, Name: bounded(text("filename")), DeclaredSize: declaredSize(m.Body),
		Expires: roaming.Time{Time: attachments.ExpiresAt(m.Timestamp.Time)}, State: Pending,
	}}
	if i.ID == "" { // an export may have messages without one
		sum := sha256.Sum256(fmt.Append(nil, m.Timestamp.UnixMilli(), " ", i.url))
		i.ID = "sha256:" + hex.EncodeToString(sum[:16])
	}
	i.message = source.Message{Key: m.Key, Message: roaming.Message{ID: m.ID, Body: map[string]any{"url": i.url, "secret": i.secret}}}
	return i, true
}

// declaredSize is the size that a message says its file has; 0 for none that makes
// sense.
func declaredSize(body map[string]any) int64 {
	var size float64
	switch n := body["file_length"].(type) {
	case float64:
		size = n
	case int32:
		size = float64(n)
	case int64:
		size = float64(n)
	case int:
		size = float64(n)
	case json.Number:
		size, _ = n.Float64() // 0 with an error
	}
	if size > 0 && size < math.MaxInt64/2 {
		return int64(size)
	}
	return 0
}

// bounded cuts a name that no message of the service can have, but an archive or export
// can: a line of the manifest is bounded.
func bounded(name string) string {
	const most = 5 << 10 // of a message (docs/contract.md, section 6)
	if len(name) <= most {
		return name
	}
	return strings.ToValidUTF8(name[:most], "")
}

// byUrgency puts attachments in the order of requests: what expires next first, then
// what may have expired, then what has no known time.
func byUrgency(items []Item, now time.Time) {
	rank := func(e *Entry) int {
		switch {
		case e.Expires.IsZero():
			return 2
		case e.Expires.Before(now):
			return 1
		}
		return 0
	}
	slices.SortStableFunc(items, func(a, b Item) int {
		return cmp.Or(cmp.Compare(rank(&a.Entry), rank(&b.Entry)), a.Expires.Compare(b.Expires.Time), strings.Compare(a.ID, b.ID))
	})
}

// Refuse notes in items what no fetch requests, by the URL.
func Refuse(items []Item) {
	for n := range items {
		i := &items[n]
		if i.State != Pending || i.url == "" {
			continue
		}
		if err := attachments.CheckURL(i.url); err != nil {
			i.State, i.Reason = Refused, attachments.Reason(err)
		}
	}
}

// Next returns the attachment that expires next, of those that are not saved and have
// a URL that can be requested.
func Next(items []Item, now time.Time) (next Entry, found bool) {
	for _, i := range items {
		if i.State != Saved && strings.HasPrefix(strings.ToLower(i.url), "http") && i.Expires.After(now) && (!found || i.Expires.Before(next.Expires.Time)) {
			next, found = i.Entry, true
		}
	}
	return next, found
}
