// Package roaming is the domain: what the service keeps for a user, and what can be
// requested of it. It does no I/O and has no wire format; package easemob implements
// Service.
package roaming

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"
)

// Limits of docs/contract.md for every implementation.
const (
	MaxHistoryPage      = 50  // messages a history page (section 3)
	MaxListPage         = 50  // conversations a page of the cursor list (section 2)
	MaxNumberedListPage = 20  // conversations a page of the numbered list (section 2)
	MaxDeleteIDs        = 50  // message IDs a REST deletion (section 4)
	MaxUsersPage        = 100 // users a page of the user list (section 9)
	MaxRecalls          = 30  // messages a batch of recalls (section 9)
)

// ConversationQuery selects from a conversation list. The zero value lists all of it
// by cursor, newest activity first.
type ConversationQuery struct {
	Cursor       Cursor   // where to start; "" for the newest
	PageSize     int      // 1..MaxListPage, 0 for the maximum
	Limit        int      // the most conversations; 0 for all
	Type         ChatType // only this type; "" for both
	PinnedOnly   bool     // only pinned ones
	IncludeEmpty bool     // also conversations without messages
}

// HistoryQuery selects from a conversation's history. The zero value reads all of it,
// newest first.
type HistoryQuery struct {
	Direction Direction // "" is Up
	Start     Cursor    // a message ID to continue from, or "" for the end where Direction starts
	PageSize  int       // 1..MaxHistoryPage, 0 for the maximum
	Limit     int       // the most messages; 0 for all
	Since     time.Time // only messages at or after it; zero for no bound
	Until     time.Time // only messages at or before it; zero for no bound
	Senders   []string  // only messages of these users; groups only
	Kinds     []Kind    // only these kinds
	KeepRaw   bool      // keep Message.Raw of every message
	// UserView reads with the user's own token, whatever the setting history_token
	// says: only that is known to show the user's view.
	UserView bool
}

// Sent names a message for a recall, which also needs its sender.
type Sent struct {
	ID   MessageID
	From string
}

// Service is the roaming service for one App Key. Every method names the user whose
// view it reads or changes, and all but Recall affect no other user. Errors have a
// fault.Kind.
// A sequence ends after an error.
type Service interface {
	// Conversations lists a user's conversations by cursor, a page at a time.
	Conversations(ctx context.Context, user string, q ConversationQuery) iter.Seq2[Page[Conversation], error]
	// ConversationsPage returns page number (from 1) of the numbered list, size
	// 1..20 each. Its Next is "".
	ConversationsPage(ctx context.Context, user string, number, size int) (Page[Conversation], error)
	// RecentConversations returns the old, unpaged list: by default the 10 most
	// recent conversations of the last 7 days.
	RecentConversations(ctx context.Context, user string) (Page[Conversation], error)

	// History reads a conversation's messages, a page at a time.
	History(ctx context.Context, ref Ref, q HistoryQuery) iter.Seq2[Page[Message], error]

	// The deletions wait for the answer once they are sent, even if ctx ends. If ctx
	// ends before, the error is a NotSent.

	// DeleteMessages deletes up to MaxDeleteIDs messages from the user's history, and
	// with notify from the user's online devices.
	DeleteMessages(ctx context.Context, ref Ref, ids []MessageID, notify bool) error
	// DeleteMessagesBefore deletes the user's messages up to and including the
	// millisecond of t.
	DeleteMessagesBefore(ctx context.Context, ref Ref, t time.Time, notify bool) error
	// DeleteConversation deletes a conversation from the user's list and, with
	// withMessages, its history. Rooms are never on a list.
	DeleteConversation(ctx context.Context, ref Ref, withMessages bool) error
	// DeleteEverything deletes all roaming messages and conversations of a user.
	DeleteEverything(ctx context.Context, user string) error

	// Recall deletes up to MaxRecalls messages of a conversation for everyone, their
	// attachments too; with force also those past the app's recall window. ref is the
	// conversation as one of its users sees it. refused has, for each message that the
	// service did not recall, why: a fault.NotFound if it knows no such message (any
	// more). err is why the call as a whole failed; like the deletions it may be a
	// NotSent.
	Recall(ctx context.Context, ref Ref, messages []Sent, force bool) (refused map[MessageID]error, err error)

	// Now returns the service's time, to the second or better; this machine's if it is
	// unknown.
	Now(ctx context.Context) (Time, error)

	// GroupMembers lists the user IDs of a group's owner and members, a page at a time.
	GroupMembers(ctx context.Context, group string) iter.Seq2[Page[string], error]
}

// User is an account of the app (docs/contract.md, section 9).
type User struct {
	ID        string `json:"id"`
	Created   Time   `json:"created"` // null if unknown
	Activated bool   `json:"activated"`
}

// UserGroup is a group of a user.
type UserGroup struct {
	ID   string `json:"id"`
	Name string `json:"name"` // "" if unknown
}

// UserQuery selects from the app's users. The zero value lists all of them.
type UserQuery struct {
	Cursor   Cursor // where to start; "" for the first
	PageSize int    // 1..MaxUsersPage, 0 for the maximum
	Limit    int    // the most users; 0 for all
}

// Directory lists the app's users and their groups. Errors have a fault.Kind. A
// sequence ends after an error.
type Directory interface {
	// Users lists the app's users, a page at a time, in the service's order.
	Users(ctx context.Context, q UserQuery) iter.Seq2[Page[User], error]
	// UserGroups lists the groups of a user, a page at a time.
	UserGroups(ctx context.Context, user string) iter.Seq2[Page[UserGroup], error]
}

// HistoryFiles has what the whole app sent, by the hour (docs/contract.md, section 7).
// Deletions do not change it.
type HistoryFiles interface {
	// HistoryFileName returns the service's name of the hour that begins at hour. A
	// zone that is not known is a fault.Config.
	HistoryFileName(hour time.Time) (string, error)
	// HistoryFile downloads the files of the hour that begins at hour, usually one,
	// into temporary files in dir, and then calls read for each. The error is
	// ErrNoMessages if the service has none of that hour, ErrNotStored if it does not
	// keep the hour, or read's.
	HistoryFile(ctx context.Context, hour time.Time, dir string, read func(io.Reader) error) error
}

// Errors of HistoryFile.
var (
	// ErrNoMessages is an hour without messages. The service may still get some of a
	// recent one.
	ErrNoMessages = errors.New("no messages in that hour")
	// ErrNotStored is an hour that has expired, or that the service does not store.
	ErrNotStored = errors.New("the service does not keep that hour")
)

// Importer imports messages (docs/contract.md, section 8). An import does not undo a
// deletion: the message gets a new ID and is stored for all participants.
type Importer interface {
	// CheckImport reports whether an import can express a message; the error says why
	// not. doubtful names the parts that an import has no field for, so that the
	// service may drop them.
	CheckImport(m Message) (doubtful []string, err error)
	// ImportMessage imports a message with its own time and returns its new ID. It is
	// not retried: after an error with status 0, 408 or 5xx the message may have been
	// stored. Within a conversation the times of imports must rise.
	ImportMessage(ctx context.Context, m Message) (MessageID, error)
}
