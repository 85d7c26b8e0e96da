package archive

import "github.com/roamctl/roamctl/internal/roaming"

// Batch is what one step of a sync or an import brings. A store takes all of it
// or nothing. A few hundred to ten thousand messages are a good size.
type Batch struct {
	Run      Run
	Messages []Message
	// Views say what the batch's messages are to their users.
	Views []View
	// Fetches say what was fetched, and what was not.
	Fetches []Fetch
}

// Run is the execution of a command that brings a batch.
type Run struct {
	ID      string // rises with time
	Started roaming.Time
}

// View says that a run read all of a user's view of a conversation in a span of
// time: the user sees the messages that Keys name, and none beside them. A partial
// one has not read all.
type View struct {
	User         string
	Conversation Conversation
	Span         Span
	Keys         []Key
	// Recheck also says what the user no longer sees. Without it a view only
	// adds, and says nothing of spans that an earlier run read.
	Recheck bool
	// Kept is the earliest time that the service still keeps. Messages before it
	// have expired and are not gone, and the view says nothing of those that the user
	// is not known to have seen.
	Kept roaming.Time
	// Partial says that the user saw what Keys name, at a time that is not known,
	// and says nothing of other messages. An import of a user's history does.
	Partial bool
}

// Span is a span of time, both ends included, in Unix milliseconds. A message
// without a time is at 0.
type Span struct{ From, To int64 }

// Everything is the span of all times.
func Everything() Span { return Span{From: 0, To: maxTime} }

// maxTime is the end of the year 9999.
const maxTime = 253402300799999

// Result is what became of a batch's messages.
type Result struct {
	Added      int // new to the archive
	Known      int // in it before, or twice in the batch
	Revised    int // of the known: with another form, which is kept too
	Reconciled int // of the known: under a key of another form
	Erased     int // refused: erased earlier
}

// Add adds another batch's result.
func (r *Result) Add(other Result) {
	r.Added += other.Added
	r.Known += other.Known
	r.Revised += other.Revised
	r.Reconciled += other.Reconciled
	r.Erased += other.Erased
}
