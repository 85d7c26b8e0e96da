// Package explain says why a user sees what they see of a conversation: it compares two
// views, and gives reasons for what they show. It does no I/O.
package explain

import (
	"slices"

	"github.com/roamctl/roamctl/internal/roaming"
)

// ListState is where a conversation is on a user's conversation list.
type ListState string

// The states of a conversation on a list (docs/contract.md, section 2).
const (
	Listed      ListState = "listed"
	Hidden      ListState = "hidden"     // it is empty, and keeps its place
	NotListed   ListState = "not listed" // a room never is
	ListUnknown ListState = "unknown"
)

// View is what one user sees of a conversation.
type View struct {
	User       string       `json:"user"`
	List       ListState    `json:"list"`
	ListSize   int          `json:"list_size"` // conversations on the list, hidden ones too
	Unread     int          `json:"unread"`
	Messages   int          `json:"messages"`
	WithoutID  int          `json:"without_id"` // of the messages; they are not compared
	Unreadable int          `json:"unreadable"` // items that are no messages
	Oldest     roaming.Time `json:"oldest"`
	Newest     roaming.Time `json:"newest"`
	// Only counts the messages that the other view lacks, and OnlyMessages are the
	// first of them.
	Only         int      `json:"only"`
	OnlyMessages []Single `json:"only_messages"`
	// Directed counts those of Only that were sent to others than the other user.
	Directed int `json:"directed"`
	// ListError is why the list could not be read.
	ListError string `json:"list_error,omitempty"`
	// Error is why the view could not be read; the counts are those up to it.
	Error string `json:"error,omitempty"`

	Hint string `json:"-"` // of Error
}

// uncompared is how many items of a view were not compared.
func (v *View) uncompared() int { return v.Unreadable + v.WithoutID }

// Single is a message that one view has and the other lacks.
type Single struct {
	ID        roaming.MessageID `json:"id"`
	Timestamp roaming.Time      `json:"timestamp"`
	From      string            `json:"from"`

	directed bool
}

const (
	maxSingles = 20     // of a view that are named
	maxPending = 10_000 // of a view that are remembered until the other has them
)

// Comparison counts the messages of one or two views, which are read in the same order,
// newest first. It remembers a bounded number of messages: a message that the other view
// does not have among so many is one that it lacks.
type Comparison struct {
	Views  []View
	Common int // messages that both have

	pending [2]map[roaming.MessageID]Single
	queue   [2][]roaming.MessageID // of pending, oldest first; may have others
}

// NewComparison returns a comparison of the views of one or two users.
func NewComparison(views ...View) *Comparison {
	c := &Comparison{Views: views}
	for i := range c.Views {
		c.Views[i].OnlyMessages = []Single{}
		c.pending[i] = map[roaming.MessageID]Single{}
	}
	return c
}

// Add counts a message of a view.
func (c *Comparison) Add(view int, m roaming.Message) {
	v := &c.Views[view]
	v.Messages++
	if t := m.Timestamp; !t.IsZero() {
		if v.Newest.IsZero() || t.After(v.Newest.Time) {
			v.Newest = t
		}
		if v.Oldest.IsZero() || t.Before(v.Oldest.Time) {
			v.Oldest = t
		}
	}
	if m.ID == 0 {
		v.WithoutID++
		return
	}
	if len(c.Views) < 2 {
		return
	}
	other := 1 - view
	if _, ok := c.pending[other][m.ID]; ok {
		delete(c.pending[other], m.ID)
		c.Common++
		return
	}
	directed := len(m.Recipients) > 0 && !slices.Contains(m.Recipients, c.Views[other].User)
	c.pending[view][m.ID] = Single{ID: m.ID, Timestamp: m.Timestamp, From: m.From, directed: directed}
	c.queue[view] = append(c.queue[view], m.ID)
	if len(c.pending[view]) > maxPending {
		c.settle(view, maxPending/2)
	}
	if len(c.queue[view]) > 2*maxPending {
		c.queue[view] = slices.DeleteFunc(c.queue[view], func(id roaming.MessageID) bool { return !c.has(view, id) })
	}
}

func (c *Comparison) has(view int, id roaming.MessageID) bool {
	_, ok := c.pending[view][id]
	return ok
}

// settle counts messages that the other view has not had until only keep are pending.
func (c *Comparison) settle(view, keep int) {
	v := &c.Views[view]
	for len(c.pending[view]) > keep {
		id := c.queue[view][0]
		c.queue[view] = c.queue[view][1:]
		single, ok := c.pending[view][id]
		if !ok {
			continue
		}
		delete(c.pending[view], id)
		v.Only++
		if single.directed {
			v.Directed++
		}
		if len(v.OnlyMessages) < maxSingles {
			v.OnlyMessages = append(v.OnlyMessages, single)
		}
	}
}

// Finish counts what the other view lacks, once both were read. A view that was not read
// to its end lacks nothing.
func (c *Comparison) Finish() {
	if len(c.Views) < 2 {
		return
	}
	if c.Views[0].Error != "" || c.Views[1].Error != "" {
		for i := range c.Views {
			c.Views[i].Only, c.Views[i].Directed, c.Views[i].OnlyMessages = 0, 0, []Single{}
		}
		return
	}
	c.settle(0, 0)
	c.settle(1, 0)
}
