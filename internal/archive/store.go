package archive

import (
	"context"
	"iter"

	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Store is an archive. It is safe for concurrent use. Sequences end at their
// first error; they read as they go, so a caller may stop at any point, and may
// not write to the store while it reads from one.
//
// A message, run or user that is not there is a fault.NotFound. What a store
// can't be used for is a fault.Config with a hint.
type Store interface {
	// Import adds a batch, all of it or nothing. The same batch again changes
	// nothing.
	Import(ctx context.Context, b Batch) (Result, error)
	// Get is the message that a key names, with its raw bytes.
	Get(ctx context.Context, key Key) (Stored, error)
	// Revisions are the forms that a message had before, in the order in which they
	// were replaced.
	Revisions(ctx context.Context, key Key) iter.Seq2[Revision, error]
	// Search lists the messages that a query takes.
	Search(ctx context.Context, s Search) iter.Seq2[Stored, error]
	// Around lists the messages of the same conversation around a message,
	// oldest first, without it.
	Around(ctx context.Context, key Key, before, after int) (earlier, later []Stored, err error)
	// Sightings lists what a user saw, oldest message first.
	Sightings(ctx context.Context, q SightingQuery) iter.Seq2[Sighting, error]
	// Conversations lists those of a user that were fetched, or that an import had, in
	// any order.
	Conversations(ctx context.Context, user string) iter.Seq2[Conversation, error]
	// List lists the conversations of a user with their latest messages, the newest
	// first: one-to-one chats, what Conversations lists, and the groups and rooms that
	// the user wrote to. Of the last, it is the user's latest message. Conversations
	// without messages come last, in any order.
	List(ctx context.Context, user string) iter.Seq2[Listed, error]
	// Users lists the IDs of users, in lower case and in order: who sent a message, is
	// in a one-to-one chat, or whose history was fetched or imported.
	Users(ctx context.Context) iter.Seq2[string, error]
	// Fetches lists what is known of fetching a subject, earliest span first. A
	// subject that only names a user stands for all of the user's conversations, too.
	Fetches(ctx context.Context, s Subject, span Span) iter.Seq2[Fetch, error]
	// Gaps lists what is missing. Adjacent hours with one state and reason are
	// one gap.
	Gaps(ctx context.Context, q GapQuery) iter.Seq2[Gap, error]
	// Attachments lists files in one of the states, earliest deadline first.
	Attachments(ctx context.Context, states ...AttachmentState) iter.Seq2[Attachment, error]
	// SetAttachment notes what became of a file, by its message and URL.
	SetAttachment(ctx context.Context, a Attachment) error
	// Erase removes messages for good. A later import does not bring them back.
	// It is a fault.Partial when the messages are out, but bytes of them may
	// still be in the store's files; Erase again goes on with that.
	Erase(ctx context.Context, e Erasure) (Erased, error)
	// Verify lists what is damaged.
	Verify(ctx context.Context) iter.Seq2[Damage, error]
	// Reindex builds the search index anew.
	Reindex(ctx context.Context) error
	Stats(ctx context.Context) (Stats, error)
	Close() error
}

// Search chooses messages, and their order.
type Search struct {
	Query  query.Query
	Span   Span  // Everything for all; the zero Span is the messages without a time
	Oldest bool  // oldest first instead of newest first
	After  int64 // continue after the message at this Position; 0 from the start
	Limit  int   // at most so many; 0 for no limit
	Raw    bool  // with raw bytes
}

// Bounds is the part of the span that the times of the query leave.
func (s Search) Bounds() Span {
	span := s.Span
	after, before := s.Query.Bounds()
	if !after.IsZero() {
		span.From = max(span.From, after.UnixMilli())
	}
	if !before.IsZero() {
		span.To = min(span.To, before.UnixMilli())
	}
	return span
}

// Takes reports whether a message is in the span and the query takes it.
func (s Search) Takes(m *Message) bool {
	ms := int64(0)
	if !m.Time.IsZero() {
		ms = m.Time.UnixMilli()
	}
	inSpan := s.Span.From <= ms && (ms <= s.Span.To || s.Span == Everything())
	return inSpan && s.Query.Match(m.Document())
}

// NotFound is the error for a message that an archive does not have.
func NotFound(key Key) error {
	return fault.New(fault.NotFound, "message %s is not in the archive", key)
}

// Listed is a conversation of a user's list.
type Listed struct {
	Conversation Conversation
	Last         *Stored // without raw bytes; nil for none
}

// Revision is an earlier form of a message.
type Revision struct {
	Message
	Run string // that brought it
}

// Erasure says what to erase: the messages that any of its fields choose.
type Erasure struct {
	Keys    []Key
	Query   *query.Query
	User    string // what the user sent, and the user's sightings
	Preview bool   // only count
}

// Erased is what was erased, or would be.
type Erased struct {
	Messages int
	// Files are the digests of attachments that no message has any more.
	Files []string
}

// Damage is something in a store that is not as it was written.
type Damage struct {
	Message Key    // "" when it is not one message's
	What    string // in words for people
}

// Stats are the figures of a store.
type Stats struct {
	Messages      int64
	Conversations int64
	First, Last   roaming.Time     // of messages with a time
	BySource      map[Source]int64 // messages that a source has
	OnlyIn        map[Source]int64 // messages that no other source has
	Revisions     int64
	Attachments   map[AttachmentState]int64
	Tombstones    int64 // hashes, two for most erased messages
	Bytes         int64
	// NeedsReindex says that this program's tokens are not the index's: searches
	// scan until Reindex was called.
	NeedsReindex bool
	// ErasePending says that bytes of erased messages may be in the files still.
	ErasePending bool
}
