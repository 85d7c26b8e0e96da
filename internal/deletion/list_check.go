package deletion

import (
	"context"
	"slices"

	"github.com/roamctl/roamctl/internal/roaming"
)

// ListState is whether a conversation left the user's list.
type ListState string

// It is off the list, still on it, or nobody knows.
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
	// Arrived tells of a message that came after the conversation was read. The
	// run has not deleted it: it has put the conversation on the list again, or
	// it came in before the conversation left the list, and is on no list.
	Arrived bool `json:"arrived,omitempty"`
}

// A list is read 5 times a minute and user (docs/contract.md, section 10), a page a
// time, and once before the deletion.
const (
	maxListLooks = 2
	maxListPages = 4 // of all looks
)

// leaving are the conversations that leave a user's list in a run.
type leaving struct {
	service roaming.Service
	frozen  map[roaming.Ref]Frozen
	user    string
	since   roaming.Time  // where nothing was read: what is dated later arrived since
	all     bool          // everything that the user has
	refs    []roaming.Ref // whose call was accepted
}

func newLeaving(ctx context.Context, service roaming.Service, s Settings, frozen []Frozen) (l *leaving, err error) {
	l = &leaving{service: service, user: s.Job.User, frozen: map[roaming.Ref]Frozen{}}
	for _, f := range frozen {
		l.frozen[f.Ref] = f
	}
	if s.VerifyList && s.direct() {
		l.since, err = service.Now(ctx)
	}
	return l, err
}

// accepted notes a call that was.
func (l *leaving) accepted(c Call) {
	switch c.Op {
	case OpConversation:
		l.refs = append(l.refs, c.Ref)
	case OpEverything:
		l.all = true
	case OpIDs, OpThrough:
	}
}

// busy tells whether a message arrived since the call's conversation was read, and
// its messages deleted: dropped now, the conversation would hide it.
func (l *leaving) busy(ctx context.Context, c Call) (bool, error) {
	f, read := l.frozen[c.Ref]
	if c.Op != OpConversation || c.WithMessages || !read || !f.reads() {
		return false, nil
	}
	return l.arrived(ctx, c.Ref)
}

// arrived tells whether the newest page of a history has a message that was not
// read before the deletion. An item that can't be read was not: Freeze refuses
// those. Where nothing was read, all that is there has to be dated later than the
// deletion.
func (l *leaving) arrived(ctx context.Context, ref roaming.Ref) (found bool, err error) {
	f, read := l.frozen[ref]
	known := idSet(f.Visible)
	for m, err := range roaming.Items(l.service.History(ctx, ref, roaming.HistoryQuery{Limit: roaming.MaxHistoryPage})) {
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

// check looks whether the conversations have left the list, and again later when
// one has not: the list is updated late.
func (v Verifier) check(ctx context.Context, l *leaving) (states []ListedState, err error) {
	pages := maxListPages
	for look := range maxListLooks {
		if look > 0 && (pages == 0 || v.For <= 0 || v.Sleep(ctx, v.For) != nil) {
			break
		}
		states, err = l.look(ctx, &pages)
		if err != nil || !slices.ContainsFunc(states, func(s ListedState) bool { return s.State == StillListed }) {
			break
		}
	}
	return states, err
}

// look reads the list once, so many pages at most.
func (l *leaving) look(ctx context.Context, pages *int) ([]ListedState, error) {
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
			if s.Arrived, failed = l.news(ctx, ref, c, on); failed != nil {
				err = cmpErr(err, failed)
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

// news tells whether a message arrived since the conversation was read. Where its
// messages stay, the list tells.
func (l *leaving) news(ctx context.Context, ref roaming.Ref, c roaming.Conversation, on bool) (bool, error) {
	f, read := l.frozen[ref]
	if read && !f.reads() {
		return on && c.LastMessage != nil && c.LastMessage.ID != f.Last, nil
	}
	return l.arrived(ctx, ref)
}

// read is what the list has, and whether that is all of it.
func (l *leaving) read(ctx context.Context, pages *int) (listed map[roaming.Ref]roaming.Conversation, whole bool, err error) {
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

// lastSeen notes the last message of each conversation that goes through a sink.
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
