// Package source reads a user's messages from where they are: the service, an
// archive, an export or a backup.
package source

import (
	"context"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Kind is what a source is.
type Kind string

// The kinds.
const (
	Live    Kind = "live"
	Archive Kind = "archive"
	Export  Kind = "export"
	Backup  Kind = "backup"
)

// About describes a source to people.
type About struct {
	Kind   Kind         `json:"kind"`
	Name   string       `json:"name"`    // the service's host, or the path
	AppKey string       `json:"app_key"` // "" if the source does not say
	Made   roaming.Time `json:"made"`    // when a backup was made; null elsewhere
	// Holds says what the source has less than a user's history; "" for nothing.
	Holds string `json:"holds,omitempty"`
	// Lacks says which messages a user's history never has, so that their absence
	// means nothing.
	Lacks string `json:"lacks,omitempty"`
}

// Source has the messages of users. Sequences end at their first error, except that
// an item that can't be read comes as a *roaming.ItemError and the sequence
// continues.
type Source interface {
	About() About
	// Conversations yields the user's conversations, latest activity first, as it finds
	// them. LastMessage is nil if reading it would cost as much as reading the
	// conversation.
	Conversations(ctx context.Context, user string) iter.Seq2[roaming.Conversation, error]
	// Messages yields the messages of a conversation as its user has it.
	Messages(ctx context.Context, ref roaming.Ref, q Query) iter.Seq2[Message, error]
	// Gaps yields what the source is known to lack of a conversation.
	Gaps(ctx context.Context, ref roaming.Ref, q Query) iter.Seq2[Gap, error]
	// Attachment writes a file of a message to w. It is an fs.ErrNotExist if the
	// source does not have it.
	Attachment(ctx context.Context, m Message, part Part, w io.Writer) error
	// Close removes temporary files.
	Close() error
}

// Lister is a Source that can tell its users without reading all messages.
type Lister interface {
	Source

	// Users yields the users that the source has.
	Users(ctx context.Context) iter.Seq2[string, error]
}

// Query chooses messages of a conversation, and their order.
type Query struct {
	Direction roaming.Direction // "" is Up, the newest first
	Since     time.Time         // only messages at or after it; zero for no bound
	Until     time.Time         // only messages at or before it; zero for no bound
	Kinds     []roaming.Kind    // only messages of these kinds; none for all
	Filter    query.Query       // the zero Query takes all
	After     Position          // only what comes after that message in Direction; "" for all
	Raw       bool              // with the raw bytes, where the source keeps them
	Forms     bool              // with the earlier forms of edited messages, where the source keeps them
}

// Position is where a message is in its conversation, for the same source.
type Position string

// Message is a message and what its source knows of it.
type Message struct {
	roaming.Message

	// Position is where reading can continue, in either direction; "" if it can't here.
	Position Position

	Key     archive.Key           // of a message of an archive
	State   archive.SightingState // of an archive: Gone, Expired, Unseen, or "" for what the user sees or may see
	Since   roaming.Time          // of Gone and Expired: when that was found out
	Peer    View                  // of a Gone message of a chat: what is known of the other side
	Earlier int                   // how many earlier forms an archive has
	Forms   []roaming.Message     // the first of them, the oldest first, if the query asks for them
	Recall  *Recall               // if the source has a notice that the message was recalled
}

// Name is the message's ID, or its key in an archive; "" for none.
func (m Message) Name() string {
	if m.ID != 0 {
		return m.ID.String()
	}
	return m.Key.String()
}

// View is what an archive knows of how one user sees a message.
type View struct {
	State archive.SightingState // "" if nothing is known
	At    roaming.Time          // when the user last had a Seen message, and no longer had another
}

// Recall is a notice of a recall, as it stands in a history. Its sender wrote it.
type Recall struct {
	By string
	At roaming.Time
}

// RecallOf returns the message that a notice says was recalled; nil if m is no such
// notice.
func RecallOf(m roaming.Message) (roaming.MessageID, *Recall) {
	if m.Body["type"] != "RECALL" || !m.IsEvent() {
		return 0, nil
	}
	text, _ := m.Body["ackMessageId"].(string)
	id, err := roaming.ParseMessageID(text)
	if err != nil {
		return 0, nil
	}
	return id, &Recall{By: m.From, At: m.Timestamp}
}

// Gap is a span of time of which messages may be missing.
type Gap struct {
	From   roaming.Time `json:"from"` // null for no bound
	To     roaming.Time `json:"to"`   // null for no bound
	Reason string       `json:"reason"`
	Shared bool         `json:"-"` // it may concern other conversations instead
}

// Part names one of a message's files.
type Part string

// The parts.
const (
	File  Part = "file"
	Thumb Part = "thumb"
)

// address returns where the sender says that a file is, and its secret.
func (p Part) address(m roaming.Message) (url, secret string) {
	urlField, secretField := "url", "secret"
	if p == Thumb {
		urlField, secretField = "thumb", "thumb_secret"
	}
	url, _ = m.Body[urlField].(string)
	secret, _ = m.Body[secretField].(string)
	return url, secret
}

// Has reports whether a message says that it has the file.
func (p Part) Has(m roaming.Message) bool {
	url, _ := p.address(m)
	return url != ""
}

// takes reports whether the query takes a message.
func (q Query) takes(ref roaming.Ref, m roaming.Message) bool {
	at := m.Timestamp
	if !q.Since.IsZero() && (at.IsZero() || at.Before(q.Since)) || !q.Until.IsZero() && (at.IsZero() || at.After(q.Until)) {
		return false
	}
	if len(q.Kinds) > 0 && !slices.Contains(q.Kinds, m.Kind) {
		return false
	}
	if q.Filter.Expr == nil {
		return true
	}
	searched := archive.Message{
		Time: at, Conversation: archive.ConversationOf(ref), From: m.From, To: m.To, Kind: m.Kind, Text: m.Text, Body: m.Body,
	}
	return q.Filter.Match(searched.Document())
}
