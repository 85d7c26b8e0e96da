package explain

import (
	"time"

	"github.com/roamctl/roamctl/internal/roaming"
)

// Facts are what is known of a conversation of a user.
type Facts struct {
	User         string           `json:"user"`
	Conversation string           `json:"conversation"`
	Type         roaming.ChatType `json:"type"`
	// Views are the user's and, if there is one to compare with, the other user's.
	Views  []View `json:"views"`
	Common int    `json:"common"`
	// Group is null unless it is a group.
	Group *Group `json:"group"`
	// Deletions are those of the audit log of this machine that concern the views, the
	// latest ones; EarlierDeletions says that there are more.
	Deletions        []Deletion `json:"deletions"`
	EarlierDeletions bool       `json:"earlier_deletions"`
	// Archive is null without an archive, and for one that could not be read.
	Archive      *Archive `json:"archive"`
	ArchiveError string   `json:"archive_error,omitempty"`
	// Since and Until bound what was compared; null for no bound.
	Since roaming.Time `json:"since"`
	Until roaming.Time `json:"until"`
	// Kept is how many days back the oldest message is that a view has: the service
	// keeps so many at least.
	Kept    int      `json:"kept_days"`
	Reasons []Reason `json:"reasons"`
}

// Group is what is known of a user's membership.
type Group struct {
	Member  *bool  `json:"member"`  // null if the members could not be read
	Members int    `json:"members"` // how many
	Joined  string `json:"joined"`  // always unknown: the service does not say (docs/contract.md, section 9)
	Error   string `json:"error,omitempty"`
}

// Deletion is an entry of the audit log.
type Deletion struct {
	Time         roaming.Time `json:"time"`
	User         string       `json:"user"`
	Conversation string       `json:"conversation"` // "" for several
	Command      string       `json:"command"`
	Messages     int          `json:"messages"`
	Outcome      string       `json:"outcome"`
	Operator     string       `json:"operator"`
	RunID        string       `json:"run_id"`
}

// Archive is what an archive knows of the conversation.
type Archive struct {
	Place    string `json:"place"`
	Messages int    `json:"messages"`
	Older    int    `json:"older"` // than the oldest message of the views; all if these have none
	// Gone counts what the user saw and a recheck no longer found, GoneForBoth those of
	// them that are gone for the other user too.
	Gone        int          `json:"gone"`
	GoneForBoth int          `json:"gone_for_both"`
	GoneFirst   roaming.Time `json:"gone_first"` // the first and the last recheck that no longer found one
	GoneLast    roaming.Time `json:"gone_last"`
	Expired     int          `json:"expired"`
	Unseen      int          `json:"unseen"` // messages that the user's history did not have when it was read
	Unread      int          `json:"unread"` // messages whose time no sync has read for the user
}

// Complete sets Kept and Reasons by the other fields.
func (f *Facts) Complete(now time.Time) {
	for _, v := range f.Views {
		if days := int(now.Sub(v.Oldest.Time).Hours() / 24); !v.Oldest.IsZero() && days > f.Kept {
			f.Kept = days
		}
	}
	f.Reasons = reasons(f)
}

// CountGone counts a message that the user's view no longer had at a time.
func (a *Archive) CountGone(at roaming.Time) {
	a.Gone++
	if a.GoneFirst.IsZero() || at.Before(a.GoneFirst.Time) {
		a.GoneFirst = at
	}
	if at.After(a.GoneLast.Time) {
		a.GoneLast = at
	}
}
