package roaming

import (
	"context"
	"iter"
	"time"
)

// Limits of the contract that hold for every implementation.
const (
	MaxHistoryPage      = 50 // messages a history page (section 3)
	DefaultHistoryPage  = 20 // messages a history page when none is asked for (section 3)
	MaxListPage         = 50 // conversations a page of the cursor list (section 2)
	MaxNumberedListPage = 20 // conversations a page of the numbered list (section 2)
	MaxDeleteIDs        = 50 // message IDs a REST deletion (section 4)
)

// Cursor is where a listing goes on: opaque, "" for the start and, in an
// answer, for the end.
type Cursor string

// Page is one answer of a listing.
type Page[T any] struct {
	Items []T
	// Next is the cursor of the page after this one; "" on the last page.
	Next Cursor
	// Bad are the items that could not be read; the others are in Items.
	Bad []*ItemError
	// Full tells of a numbered page as long as it can be, that there may be
	// another after it: the service does not say.
	Full bool
}

// ConversationQuery selects from a conversation list. The zero value lists all
// of it by cursor, newest activity first.
type ConversationQuery struct {
	Cursor       Cursor   // where to start; "" for the newest
	PageSize     int      // 1..50, 0 for the most
	Limit        int      // stop after so many conversations; 0 for all
	Type         ChatType // only this type; "" for both
	PinnedOnly   bool     // only pinned ones
	IncludeEmpty bool     // also conversations without a message left
}

// HistoryQuery selects from a conversation's history. The zero value reads all
// of it, newest first.
type HistoryQuery struct {
	Direction Direction // "" means Up
	Start     Cursor    // a message ID to go on from, or "" for the end that Direction starts at
	PageSize  int       // 1..50, 0 for the most
	Limit     int       // stop after so many messages; 0 for all
	Since     time.Time // only messages at or after it; zero for no bound
	Until     time.Time // only messages at or before it; zero for no bound
	Senders   []string  // only messages of these users; groups only
	Kinds     []Kind    // only these kinds
	KeepRaw   bool      // keep Message.Raw of every message
}

// Service is the roaming service as one App Key sees it. Every method names
// the user whose view it reads or changes; nothing here touches anybody
// else's. Errors carry a fault.Kind.
type Service interface {
	// Conversations lists a user's conversations by cursor, a page at a
	// time. After an error the sequence ends.
	Conversations(ctx context.Context, user string, q ConversationQuery) iter.Seq2[Page[Conversation], error]
	// ConversationsPage is page number (from 1) of the numbered list, size
	// 1..20 each. Its Next is "".
	ConversationsPage(ctx context.Context, user string, number, size int) (Page[Conversation], error)
	// RecentConversations is the old, unpaged list: by default the 10 most
	// recent conversations of the last 7 days.
	RecentConversations(ctx context.Context, user string) (Page[Conversation], error)

	// History reads a conversation's messages, a page at a time. After an
	// error the sequence ends.
	History(ctx context.Context, ref Ref, q HistoryQuery) iter.Seq2[Page[Message], error]

	// The deletions: once one is sent its answer is waited for, whatever
	// becomes of ctx. When ctx ends before that, the error is a NotSent.

	// DeleteMessages deletes up to MaxDeleteIDs messages from the user's
	// history; notify also removes them from the user's online devices.
	DeleteMessages(ctx context.Context, ref Ref, ids []MessageID, notify bool) error
	// DeleteMessagesBefore deletes the user's messages up to and including
	// a time, to the millisecond.
	DeleteMessagesBefore(ctx context.Context, ref Ref, t time.Time, notify bool) error
	// DeleteConversation takes a conversation off the user's list and, with
	// withMessages, its history with it. Rooms are never on a list.
	DeleteConversation(ctx context.Context, ref Ref, withMessages bool) error
	// DeleteEverything deletes all roaming messages and conversations of a user.
	DeleteEverything(ctx context.Context, user string) error

	// Now is the service's own time, to the second or better; this machine's
	// where the service does not say.
	Now(ctx context.Context) (Time, error)

	// GroupMembers are the user IDs of a group's owner and members, a page at a time.
	GroupMembers(ctx context.Context, group string) iter.Seq2[Page[string], error]
}
