package archive

import (
	"context"

	"github.com/roamctl/roamctl/internal/roaming"
)

// Sighting is what an archive knows of one user's view of one message.
type Sighting struct {
	User        string
	Message     Key
	First, Last Run // the runs that saw it first and last; zero when none did, or only an import
	Ended       Run // the run that no longer saw it; zero when none did
	State       SightingState
}

// SightingState is what became of a user's view of a message.
type SightingState string

// The states. A message that was seen may have gone since: only a recheck says.
const (
	Seen    SightingState = "seen"
	Gone    SightingState = "gone"    // a recheck no longer found it, and the service still keeps its time
	Expired SightingState = "expired" // past what the service keeps
	Unseen  SightingState = "unseen"  // the user's view was read and did not have it
	Unread  SightingState = "unread"  // the user's view at its time was never read
)

// SightingQuery chooses sightings.
type SightingQuery struct {
	User         string        // required
	Conversation *Conversation // nil for all that the user's views were read of
	Span         Span          // the messages' times; Everything for all
	States       []SightingState
}

// NeverRead says that no user's view of a conversation was read, or of any conversation
// if ref names none, or that it was erased; "" otherwise. What the store has is then from others.
func NeverRead(ctx context.Context, s Store, ref roaming.Ref) (string, error) {
	of := "the history of " + ref.User
	if ref.Conversation != "" {
		of = ref.String()
	}
	for c, err := range s.Conversations(ctx, ref.User) {
		if err != nil {
			return "", err
		}
		if ref.Conversation == "" || c == ConversationOf(ref) {
			return "", nil
		}
	}
	return "no sync with --source roaming and no import had " + of + ", or it was erased", nil
}
