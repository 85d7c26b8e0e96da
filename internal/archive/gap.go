package archive

import "github.com/roamctl/roamctl/internal/roaming"

// Fetch says what became of fetching a span from one source: an hour of the
// whole app, or a user's view of a conversation. A later fetch of the same
// subject replaces what earlier ones say of the same span.
type Fetch struct {
	Subject Subject
	Span    Span
	At      roaming.Time
	State   FetchState
	Reason  string // why it is no success, in words for people
	Records int64
	// Last is the newest message of a user's conversation that this fetch, or one
	// before it, has read: the next begins there. "" for none.
	Last Key
}

// Subject is whose messages were fetched: the whole app's (the zero value), or
// those of a user's conversation.
type Subject struct {
	User         string
	Conversation Conversation
}

// FetchState is what became of a fetch.
type FetchState string

// The states. All but Complete are gaps.
const (
	Complete FetchState = "complete"
	Young    FetchState = "young"   // fetched before the service had all of it
	Failed   FetchState = "failed"  // to be tried again
	Lost     FetchState = "expired" // the service no longer has it
	Never    FetchState = "never"   // no fetch of it is known
)

// Gap is a span that an archive does not have, or not for sure.
type Gap struct {
	Subject Subject
	Span    Span
	State   FetchState
	At      roaming.Time // of the last fetch, zero for Never
	Reason  string
}

// GapQuery chooses gaps.
type GapQuery struct {
	Span Span
	User string // this user's only; "" for the app's and all users'
	// Hours also lists the hours in Span that no fetch is known of, rather than
	// only those between the first and the last that one is known of.
	Hours bool
}
