package deletion

import (
	"fmt"
	"slices"

	"github.com/roamctl/roamctl/internal/roaming"
)

// Job is what is deleted from one user's history.
type Job struct {
	Command   string   `json:"command"` // such as "messages delete"
	User      string   `json:"user"`
	Targets   []Target `json:"targets"`
	All       bool     `json:"all,omitempty"`    // all of the user's history; Targets are added when the list is read
	Each      *Each    `json:"each,omitempty"`   // what to delete from each conversation on the user's list, likewise
	Listed    bool     `json:"listed,omitempty"` // a plan took Targets from the user's list
	Recall    *Recall  `json:"recall,omitempty"` // the messages are recalled; nil for a one-way deletion
	Notify    bool     `json:"notify"`           // notify the user's online devices
	BatchSize int      `json:"batch_size"`       // IDs a call, 1 to 50; messages a recall, 1 to 30
}

// Target is what is deleted from one conversation: the messages with IDs, and those
// up to and including a time, or All of them; with Drop the conversation is deleted
// from the user's list too. Since and Senders narrow what Through or All match. A time
// never matches a message without one.
type Target struct {
	roaming.Ref

	IDs     []roaming.MessageID `json:"ids,omitempty"`
	Since   roaming.Time        `json:"since,omitzero"`
	Through roaming.Time        `json:"through,omitzero"`
	Senders []string            `json:"senders,omitempty"`
	All     bool                `json:"all_messages,omitempty"`
	Drop    bool                `json:"drop,omitempty"`
}

// Each is what is deleted from each conversation on a user's list, as in a Target.
type Each struct {
	Type    roaming.ChatType `json:"type,omitempty"` // of these only; "" for all
	Since   roaming.Time     `json:"since,omitzero"`
	Through roaming.Time     `json:"through,omitzero"`
	Senders []string         `json:"senders,omitempty"`
	All     bool             `json:"all_messages,omitempty"`
	Drop    bool             `json:"drop,omitempty"`
}

// target is what is deleted from a conversation of the list.
func (e *Each) target(ref roaming.Ref) Target {
	return Target{Ref: ref, Since: e.Since, Through: e.Through, Senders: e.Senders, All: e.All, Drop: e.Drop}
}

// each is what the job deletes from each conversation; nil when it names them.
func (j Job) each() *Each {
	if j.All {
		return &Each{All: true, Drop: true}
	}
	return j.Each
}

// For returns the job for another user.
func (j Job) For(user string) Job {
	j.User = user
	j.Targets = slices.Clone(j.Targets)
	for i := range j.Targets {
		j.Targets[i].User = user
	}
	return j
}

// reads reports whether the target deletes messages at all.
func (t Target) reads() bool { return len(t.IDs) > 0 || !t.Through.IsZero() || t.All }

// named reports whether the target is messages by ID and nothing else.
func (t Target) named() bool { return len(t.IDs) > 0 && t.Through.IsZero() && !t.All }

// takes reports whether m is deleted though it is not named by ID.
func (t Target) takes(m roaming.Message) bool {
	if !t.sentBy(m) || !t.Since.IsZero() && (m.Timestamp.IsZero() || m.Timestamp.Before(t.Since.Time)) {
		return false
	}
	return t.All || !m.Timestamp.IsZero() && !m.Timestamp.After(t.Through.Time)
}

// sentBy reports whether m is of one of the target's senders.
func (t Target) sentBy(m roaming.Message) bool {
	return len(t.Senders) == 0 || slices.Contains(t.Senders, m.From)
}

// String describes what is deleted, for people.
func (t Target) String() string {
	switch {
	case !t.Through.IsZero():
		return "every message up to and including " + t.Through.String()
	case len(t.IDs) == 1:
		return "message " + t.IDs[0].String()
	case len(t.IDs) > 0:
		return fmt.Sprintf("%d messages", len(t.IDs))
	case t.All:
		return "every message"
	default:
		return "no message"
	}
}

// Frozen is a target as it was when it was read: what will be deleted, and nothing
// that arrives later.
type Frozen struct {
	Target

	Visible    []roaming.MessageID `json:"visible"`        // what will be deleted, in the order of IDs, or newest first
	From       []string            `json:"from,omitempty"` // for a recall: the senders of Visible, in its order
	NotVisible []roaming.MessageID `json:"not_visible"`    // asked for, but not in the user's history
	Oldest     roaming.Time        `json:"oldest"`
	Newest     roaming.Time        `json:"newest"`
	Last       roaming.MessageID   `json:"last,omitempty"`         // on the list; set only if the conversation is deleted from it
	Undated    int                 `json:"undated,omitempty"`      // of the visible: those without a time
	WithoutID  int                 `json:"without_id,omitempty"`   // asked for and read, but no call can name them: they stay
	Kept       int                 `json:"without_time,omitempty"` // they stay, as they have no time to compare with Through
}

// namedTargets returns the targets of a job by ID or time, without reading them. They can be
// verified after a deletion without a backup. In a conversation that was deleted as a
// whole, remaining and new messages look the same.
func namedTargets(job Job) []Frozen {
	var named []Frozen
	for _, t := range job.Targets {
		if len(t.IDs) > 0 || !t.Through.IsZero() {
			named = append(named, Frozen{Target: t, Visible: t.IDs})
		}
	}
	return named
}

// unread reports whether the messages were named by time and never read.
func (f Frozen) unread() bool { return f.Visible == nil && !f.Through.IsZero() }

// Op is a kind of call.
type Op string

// The calls (docs/contract.md, sections 4, 5 and 9).
const (
	OpIDs          Op = "delete_ids"
	OpThrough      Op = "delete_through"
	OpConversation Op = "delete_conversation"
	OpEverything   Op = "delete_everything"
	OpRecall       Op = "recall"
)

// Call is one request that deletes or recalls. Repeating one by ID is harmless; the
// others delete whatever is there when they arrive, see reviewer.
type Call struct {
	Number       int                 `json:"number"` // from 1
	Op           Op                  `json:"op"`
	Ref          roaming.Ref         `json:"ref"`
	IDs          []roaming.MessageID `json:"ids,omitempty"`
	From         []string            `json:"from,omitempty"` // of a recall: the senders of IDs, in their order
	Through      roaming.Time        `json:"through,omitzero"`
	WithMessages bool                `json:"with_messages,omitempty"`
}
