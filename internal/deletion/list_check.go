package deletion

import (
	"context"
	"slices"

	"github.com/roamctl/roamctl/internal/roaming"
)

// ListState is whether a conversation left the user's list.
type ListState string

// It is off the list, still on it, or the list could not be read.
const (
	OffList     ListState = "deleted"
	StillListed ListState = "still_listed"
	ListUnknown ListState = "unknown"
)

// ListedState is what became of a conversation that was to leave the list.
type ListedState struct {
	Conversation string           `json:"conversation"`
	Type         roaming.ChatType `json:"type"`
	State        ListState        `json:"state"`
	// Arrived reports whether a message arrived after the conversation was read. The
	// job did not delete it. The conversation may be listed again, or hidden with the
	// message in it.
	Arrived bool `json:"arrived,omitempty"`
}

// A user's list can be read 5 times a minute (docs/contract.md, section 10), a page
// each time, and it was read once before the deletion.
const (
	maxListLooks = 2
	maxListPages = 4 // of all looks
)

// listedConversations are the conversations that a job deletes from a user's list.
type listedConversations struct {
	service roaming.Service
	frozen  map[roaming.Ref]Frozen
	user    string
	since   roaming.Time  // without a backup: later messages arrived after the deletion began
	all     bool          // everything that the user has
	refs    []roaming.Ref // whose call was accepted
}

func newListedConversations(ctx context.Context, service roaming.Service, s Settings, frozen []Frozen) (l *listedConversations, err error) {
	l = &listedConversations{service: service, user: s.Job.User, frozen: map[roaming.Ref]Frozen{}}
	for _, f := range frozen {
		l.frozen[f.Ref] = f
	}
	if s.VerifyList && s.direct() {
		l.since, err = service.Now(ctx)
	}
	return l, err
}

// accepted adds a call that was accepted.
func (l *listedConversations) accepted(c Call) {
	switch c.Op {
	case OpConversation:
		l.refs = append(l.refs, c.Ref)
	case OpEverything:
		l.all = true
	case OpIDs, OpThrough, OpRecall:
	}
}

// busy reports whether a message arrived since the conversation was read and its
// messages were deleted: deleting the conversation now would hide it.
func (l *listedConversations) busy(ctx context.Context, c Call) (bool, error) {
	f, read := l.frozen[c.Ref]
	if c.Op != OpConversation || c.WithMessages || !read || !f.reads() {
		return false, nil
	}
	return l.arrived(ctx, c.Ref)
}

// arrived reports whether the newest page of a history has a message that was not
// read before the deletion. An item that can't be read was not, as Freeze refuses
// those. Where nothing was read, every message must be newer than the deletion.
func (l *listedConversations) arrived(ctx context.Context, ref roaming.Ref) (found bool, err error) {
	f, read := l.frozen[ref]
	known := idSet(f.Visible)
	for m, err := range roaming.Items(l.service.History(ctx, ref, roaming.HistoryQuery{Limit: roaming.MaxHistoryPage, UserView: true})) {
		switch {
		case err != nil && !roaming.IsItemError(err):
			return false, err
		case read && (err != nil || !known[m.ID]):
			return true, nil
		case !read && (err != nil || !m.Timestamp.After(l.since.Time)):
			return false, nil
		}
		found = !read
	}
	return found, nil
}

// check looks whether the conversations are off the list, and again later when one
// is not: the list is updated late.
func (v Verifier) check(ctx context.Context, l *listedConversations) (states []ListedState, err error) {
	pages := maxListPages
	for look := range maxListLooks {
		if look > 0 && (pages == 0 || v.For <= 0 || v.Sleep(ctx, v.For) != nil) {
			break
		}
		states, err = l.readStates(ctx, &pages)
		if err != nil || !slices.ContainsFunc(states, func(s ListedState) bool { return s.State == StillListed }) {
			break
		}
	}
	return states, err
}

// readStates reads the list once, at most pages of it.
func (l *listedConversations) readStates(ctx context.Context, pages *int) ([]ListedState, error) {
	listed, whole, err := l.read(ctx, pages)
	refs := slices.Clone(l.refs)
	if l.all {
		for ref := range listed {
			refs = append(refs, ref)
		}
	}
	states := make([]ListedState, 0, len(refs))
	for _, ref := range refs {
		s := ListedState{Conversation: ref.Conversation, Type: ref.Type, State: ListUnknown}
		c, on := listed[ref]
		if on || whole {
			var failed error
			if s.Arrived, failed = l.hasNewMessage(ctx, ref, c, on); failed != nil {
				err = firstError(err, failed)
				states = append(states, s)
				continue
			}
			s.State = OffList
			if on && !s.Arrived {
				s.State = StillListed
			}
		}
		states = append(states, s)
	}
	return states, err
}

// hasNewMessage reports whether a message arrived since the conversation was read. Where its
// messages stay, the last message on the list shows it.
func (l *listedConversations) hasNewMessage(ctx context.Context, ref roaming.Ref, c roaming.Conversation, on bool) (bool, error) {
	f, read := l.frozen[ref]
	if read && !f.reads() {
		return on && c.LastMessage != nil && c.LastMessage.ID != f.Last, nil
	}
	return l.arrived(ctx, ref)
}

// read returns the list, and whether that is all of it.
func (l *listedConversations) read(ctx context.Context, pages *int) (listed map[roaming.Ref]roaming.Conversation, whole bool, err error) {
	listed = map[roaming.Ref]roaming.Conversation{}
	for page, err := range l.service.Conversations(ctx, l.user, roaming.ConversationQuery{IncludeEmpty: true}) {
		if err != nil {
			return listed, false, err
		}
		for _, c := range page.Items {
			listed[roaming.Ref{User: l.user, Conversation: c.ID, Type: c.Type}] = c
		}
		whole = page.Next == "" && len(page.Bad) == 0
		*pages--
		if *pages == 0 {
			break
		}
	}
	return listed, whole, nil
}

// lastSeen is a Sink that keeps the last message of each conversation.
type lastSeen struct {
	Sink

	last map[roaming.Ref]roaming.MessageID
}

func (s lastSeen) AddConversation(c roaming.Conversation) error {
	if c.LastMessage != nil {
		s.last[roaming.Ref{Conversation: c.ID, Type: c.Type}] = c.LastMessage.ID
	}
	return s.Sink.AddConversation(c)
}
