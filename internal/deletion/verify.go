package deletion

import (
	"context"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Verification is what the views show after a deletion. Every message to delete is
// Deleted, StillVisible or Unknown (its history could not be read). Without a backup,
// messages that were deleted by time were never read: it is not known which and how
// many they were, only that none is visible any more.
type Verification struct {
	Deleted      int                 `json:"deleted"`
	StillVisible []roaming.MessageID `json:"still_visible"`
	Unknown      []roaming.MessageID `json:"unknown"`
	// Conversations are those that were to leave the list, if that was looked for.
	Conversations []ListedState       `json:"conversations,omitempty"`
	Peer          PeerState           `json:"peer,omitempty"`
	PeerLost      []roaming.MessageID `json:"peer_lost,omitempty"`
	Error         string              `json:"error,omitempty"` // why something is unknown
	// Recall is true after a recall: StillVisible is then what anyone still sees whose
	// view was looked at.
	Recall bool `json:"recall,omitempty"`
}

// PeerState is what the other side's view shows.
type PeerState string

// After a deletion, the peer has all that it had, or lost some. After a recall, it has
// none, or still sees some, or there is nobody whose view can be looked at. PeerUnknown
// is a history that could not be read.
const (
	PeerIntact  PeerState = "peer_intact"
	PeerLost    PeerState = "peer_lost"
	PeerGone    PeerState = "peer_gone"
	PeerSees    PeerState = "peer_sees"
	PeerNobody  PeerState = "peer_nobody"
	PeerUnknown PeerState = "peer_unknown"
)

// Verifier checks a deletion, again and again until all is gone or its time is up:
// the service may lag.
type Verifier struct {
	Service roaming.Service
	For     time.Duration // how long to check again; 0 checks once
	Sleep   func(ctx context.Context, d time.Duration) error
}

// firstWait is the time between the first two checks; it doubles from there.
const firstWait = 200 * time.Millisecond

// User looks for what was frozen in the user's view.
func (v Verifier) User(ctx context.Context, frozen []Frozen) Verification {
	return v.look(ctx, count(frozen), v.sides(frozen, nil))
}

// look looks for messages, of which there are n, in the views of all sides, and sets
// what the others see.
func (v Verifier) look(ctx context.Context, n int, sides []side) Verification {
	waited, wait := time.Duration(0), firstWait
	for {
		result := v.lookOnce(ctx, n, sides)
		if len(result.StillVisible) == 0 || waited >= v.For || v.Sleep(ctx, wait) != nil {
			return result
		}
		waited += wait
		wait *= 2
	}
}

func (v Verifier) lookOnce(ctx context.Context, n int, sides []side) Verification {
	result := Verification{StillVisible: []roaming.MessageID{}, Unknown: []roaming.MessageID{}}
	noted := map[roaming.MessageID]bool{} // still visible or unknown
	for _, s := range sides {
		seen, err := v.seen(ctx, s.seenBy, s.Frozen)
		to := &result.StillVisible
		if err != nil {
			seen, to, result.Error = s.Visible, &result.Unknown, err.Error()
		}
		for _, id := range seen {
			if !noted[id] {
				noted[id] = true
				*to = append(*to, id)
			}
		}
		if s.seenBy != s.Ref {
			result.Peer = result.Peer.worse(len(seen) > 0, err)
		}
	}
	result.Deleted = max(0, n-len(result.StillVisible)-len(result.Unknown))
	return result
}

// seen returns the frozen messages that the user of ref can see; for messages that
// were deleted by time unread, all up to that time.
func (v Verifier) seen(ctx context.Context, ref roaming.Ref, f Frozen) ([]roaming.MessageID, error) {
	var seen []roaming.MessageID
	if len(f.Visible) == 0 && !f.unread() {
		return seen, nil
	}
	gone := idSet(f.Visible)
	for m, err := range roaming.Items(v.Service.History(ctx, ref, f.span())) {
		switch {
		case err == nil && (gone[m.ID] || f.unread() && f.takes(m)):
			seen = append(seen, m.ID)
		case err == nil, roaming.IsItemError(err) && f.named():
		default:
			return nil, err // what can't be read may be one of them
		}
	}
	return seen, nil
}

// span is the part of a history that has all of the frozen messages.
func (f Frozen) span() roaming.HistoryQuery {
	q := roaming.HistoryQuery{UserView: true}
	switch {
	case f.unread():
		q.Until = shifted(f.Through, rounding)
	case f.Undated == 0:
		q.Since, q.Until = shifted(f.Oldest, -rounding), shifted(f.Newest, rounding)
	}
	return q
}

// Peers returns the frozen messages that somebody else can see: the other side of a
// chat, or another member of a group. It is called before a deletion, and compared
// after it.
func (v Verifier) Peers(ctx context.Context, frozen []Frozen) (map[roaming.Ref][]roaming.MessageID, error) {
	views := map[roaming.Ref][]roaming.MessageID{}
	for _, f := range frozen {
		other, err := v.otherSide(ctx, f.Ref)
		if err != nil {
			return nil, err
		}
		if views[other], err = v.seen(ctx, other, f); err != nil {
			return nil, err
		}
	}
	return views, nil
}

// ComparePeers checks whether the others still see what they saw before.
func (v Verifier) ComparePeers(ctx context.Context, frozen []Frozen, before map[roaming.Ref][]roaming.MessageID, result *Verification) {
	after, err := v.Peers(ctx, frozen)
	if err != nil {
		result.Peer, result.Error = PeerUnknown, err.Error()
		return
	}
	result.Peer = PeerIntact
	for other, ids := range before {
		still := idSet(after[other])
		for _, id := range ids {
			if !still[id] {
				result.Peer = PeerLost
				result.PeerLost = append(result.PeerLost, id)
			}
		}
	}
}

func (v Verifier) otherSide(ctx context.Context, ref roaming.Ref) (roaming.Ref, error) {
	switch ref.Type {
	case roaming.Chat:
		if ref.User != ref.Conversation {
			return roaming.Ref{User: ref.Conversation, Conversation: ref.User, Type: roaming.Chat}, nil
		}
	case roaming.Group:
		for member, err := range roaming.Items(v.Service.GroupMembers(ctx, ref.Conversation)) {
			if err != nil {
				return roaming.Ref{}, err
			}
			if member != ref.User {
				return roaming.Ref{User: member, Conversation: ref.Conversation, Type: roaming.Group}, nil
			}
		}
	case roaming.Room:
	}
	return roaming.Ref{}, fault.New(fault.NotFound, "nobody else has %s, so there is no view to compare", ref)
}

// Listed are the conversations of a state.
func (r Verification) Listed(state ListState) (ids []string) {
	for _, c := range r.Conversations {
		if c.State == state {
			ids = append(ids, c.Conversation)
		}
	}
	return ids
}

// Verdict returns nil when the views show what they should, otherwise a fault.Partial
// that says what they show.
func (r Verification) Verdict() error {
	switch {
	case r.Peer == PeerLost:
		return fault.New(fault.Partial, "THE OTHER SIDE LOST %d MESSAGES that only this user was to lose", len(r.PeerLost)).
			WithHint("stop deleting and report this to the vendor; restore them from the backup")
	case len(r.StillVisible) > 0 && r.Recall:
		return fault.New(fault.Partial, "%d messages are still visible to some users after the recall", len(r.StillVisible)).
			WithHint("the service may lag: check again later, or resume the run")
	case len(r.StillVisible) > 0:
		return fault.New(fault.Partial, "%d messages are still visible after the deletion", len(r.StillVisible)).
			WithHint("the service may lag: check again later, or resume the run")
	case len(r.Listed(StillListed)) > 0:
		return fault.New(fault.Partial, "%d conversations are still on the list after the deletion, such as %s", len(r.Listed(StillListed)), r.Listed(StillListed)[0]).
			WithHint("the list may lag: check it with roamctl conversations list --include-empty, or resume the run")
	case len(r.Unknown) > 0:
		return fault.New(fault.Partial, "cannot check whether %d messages are gone: %s", len(r.Unknown), r.Error)
	case r.Peer == PeerUnknown:
		return fault.New(fault.Partial, "cannot compare the other side's view: %s", r.Error)
	case r.Error != "":
		return fault.New(fault.Partial, "cannot check what was deleted: %s", r.Error)
	}
	return nil
}
