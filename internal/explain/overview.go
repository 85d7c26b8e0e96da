package explain

import (
	"fmt"

	"github.com/roamctl/roamctl/internal/roaming"
)

// Ends are the oldest and the newest message of a view.
type Ends struct {
	Oldest, Newest Single // with the ID 0 and no time if the view has no message
	Err            error
}

// Empty reports whether the view has no message.
func (e *Ends) Empty() bool { return e.Newest == Single{} }

// Row is a conversation of a user, with what is probably amiss.
type Row struct {
	User         string           `json:"user"`
	Conversation string           `json:"conversation"`
	Type         roaming.ChatType `json:"type"`
	List         ListState        `json:"list"`
	Unread       int              `json:"unread"`
	Oldest       roaming.Time     `json:"oldest"` // in the user's view
	Newest       roaming.Time     `json:"newest"`
	OtherOldest  roaming.Time     `json:"other_oldest"` // in the peer's view; null for groups
	OtherNewest  roaming.Time     `json:"other_newest"`
	Certainty    Certainty        `json:"certainty"` // "" without an issue
	Issue        string           `json:"issue"`     // "" if the ends show none; what was deleted between them does not show
	More         string           `json:"more"`
}

// Explain sets the issue by both ends of the user's view and, for a chat, of the peer's;
// other is nil for groups.
func (r *Row) Explain(own Ends, other *Ends) {
	r.Oldest, r.Newest = own.Oldest.Timestamp, own.Newest.Timestamp
	if other != nil {
		r.OtherOldest, r.OtherNewest = other.Oldest.Timestamp, other.Newest.Timestamp
	}
	r.More = "roamctl users explain " + Word(r.User) + " " + Word(r.Conversation)
	if r.Type == roaming.Group {
		r.More += " --type group"
	}
	r.Certainty, r.Issue = r.issue(own, other)
}

func (r *Row) issue(own Ends, other *Ends) (Certainty, string) {
	peer := r.Conversation
	switch {
	case own.Err != nil:
		return Seen, fmt.Sprintf("cannot be read: %v", own.Err)
	case other != nil && other.Err != nil:
		return Unknown, fmt.Sprintf("what %s sees cannot be read: %v", peer, other.Err)
	case own.Empty() && other != nil && !other.Empty():
		return Inferred, fmt.Sprintf("%s has no message left, and %s has: deleted one-way", r.User, peer)
	case own.Empty() && r.List == Hidden:
		return Seen, "hidden from the list: no message is left"
	case own.Empty():
		return Unknown, "no message in any view that was read: expired, recalled, deleted, or none was sent"
	case other != nil && other.Empty():
		return Inferred, fmt.Sprintf("%s has no message left, and %s has: deleted one-way", peer, r.User)
	case other != nil && own.Newest.ID != other.Newest.ID:
		return Inferred, lacking(r.User, peer, "newest", other.Newest.Timestamp.After(own.Newest.Timestamp.Time))
	case other != nil && own.Oldest.ID != other.Oldest.ID:
		return Inferred, lacking(r.User, peer, "oldest", other.Oldest.Timestamp.Before(own.Oldest.Timestamp.Time))
	case r.List == NotListed:
		return Seen, "has messages and is not on the list"
	case r.List == ListUnknown:
		return Unknown, "the list could not be read"
	}
	return "", ""
}

// lacking says which of two users lacks messages at an end.
func lacking(user, peer, end string, isUser bool) string {
	if !isUser {
		user, peer = peer, user
	}
	return fmt.Sprintf("%s lacks the %s messages that %s has: deleted one-way", user, end, peer)
}
