package deletion

import (
	"context"
	"errors"
	"iter"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

// lying is a service that answers ok to deletions and does something else.
type lying struct {
	roaming.Service

	instead func(ctx context.Context, ref roaming.Ref, ids []roaming.MessageID) error
}

func (l lying) DeleteMessages(ctx context.Context, ref roaming.Ref, ids []roaming.MessageID, _ bool) error {
	return l.instead(ctx, ref, ids)
}

func TestVerifyFindsWhatIsStillVisible(t *testing.T) {
	w := newWorld(t, 5)
	e := w.engine()
	e.Service = lying{w.svc, func(context.Context, roaming.Ref, []roaming.MessageID) error { return nil }}
	r, err := e.Run(t.Context(), w.settings(Target{Ref: chat, IDs: w.ids[:2]}), &journal{}, Replay{})
	w.want("kind", fault.Partial, fault.KindOf(err))
	w.want("state", run.PartlyDone, r.State)
	w.want("still visible", 2, len(r.Verification.StillVisible))
	w.want("deleted", 0, r.Verification.Deleted)
}

func TestVerifyWaitsForAServiceThatLags(t *testing.T) {
	w := newWorld(t, 5)
	e := w.engine()
	e.Service = lying{w.svc, func(context.Context, roaming.Ref, []roaming.MessageID) error { return nil }}
	slept := 0
	e.Sleep = func(ctx context.Context, _ time.Duration) error {
		slept++
		if slept == 3 {
			return w.svc.DeleteMessages(ctx, chat, w.ids[:2], true)
		}
		return nil
	}
	s := w.settings(Target{Ref: chat, IDs: w.ids[:2]})
	s.VerifyFor = time.Minute
	r, err := e.Run(t.Context(), s, &journal{}, Replay{})
	w.must(err)
	w.want("deleted", 2, r.Verification.Deleted)
	w.want("looks", 3, slept)
}

func TestVerifyPeer(t *testing.T) {
	for name, tt := range map[string]struct {
		alsoBob bool
		want    PeerState
	}{
		"intact": {false, PeerIntact},
		"lost":   {true, PeerLost},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 5)
			e := w.engine()
			e.Service = lying{w.svc, func(ctx context.Context, ref roaming.Ref, ids []roaming.MessageID) error {
				if tt.alsoBob {
					w.must(w.svc.DeleteMessages(ctx, bobs, ids[:1], false))
				}
				return w.svc.DeleteMessages(ctx, ref, ids, true)
			}}
			s := w.settings(Target{Ref: chat, IDs: w.ids[:2]})
			s.Verify = VerifyPeer
			r, err := e.Run(t.Context(), s, &journal{}, Replay{})
			w.want("peer", tt.want, r.Verification.Peer)
			w.want("an error", tt.alsoBob, err != nil)
			if tt.alsoBob {
				w.want("lost", w.ids[:1], r.Verification.PeerLost)
			}
		})
	}
}

func TestVerifyReportsUnknownMessages(t *testing.T) {
	w := newWorld(t, 5, "route=history,status=503,nth=2")
	r, err := w.engine().Run(t.Context(), w.settings(Target{Ref: chat, IDs: w.ids[:2]}), &journal{}, Replay{})
	w.want("kind", fault.Partial, fault.KindOf(err))
	w.want("unknown", w.ids[:2], r.Verification.Unknown)
}

func TestMoved(t *testing.T) {
	was := []Frozen{{Target: Target{Ref: chat}, Visible: []roaming.MessageID{1, 2}}}
	for name, tt := range map[string]struct {
		now     []Frozen
		refused bool
	}{
		"the same":      {[]Frozen{{Target: Target{Ref: chat}, Visible: []roaming.MessageID{2, 1}}}, false},
		"one is gone":   {[]Frozen{{Target: Target{Ref: chat}, Visible: []roaming.MessageID{2}}}, true},
		"one more":      {[]Frozen{{Target: Target{Ref: chat}, Visible: []roaming.MessageID{1, 2, 3}}}, true},
		"another chat":  {append(was[:1:1], Frozen{Target: Target{Ref: group}}), true},
		"nothing there": {nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			err := checkPlan(Settings{Expected: was}, tt.now)
			if got := fault.KindOf(err) == fault.Safety; got != tt.refused {
				t.Errorf("refused: %v, want %v (%v)", got, tt.refused, err)
			}
		})
	}
	if err := checkPlan(Settings{}, was); err != nil {
		t.Errorf("without a plan nothing is expected: %v", err)
	}
}

// garbling is a service whose histories have an item that can't be read.
type garbling struct{ roaming.Service }

func (garbling) History(context.Context, roaming.Ref, roaming.HistoryQuery) iter.Seq2[roaming.Page[roaming.Message], error] {
	return func(yield func(roaming.Page[roaming.Message], error) bool) {
		yield(roaming.Page[roaming.Message]{Bad: []*roaming.ItemError{{Position: 1, Err: errors.New("garbled")}}}, nil)
	}
}

func TestUnreadableHistoryIsUnknown(t *testing.T) {
	w := newWorld(t, 2)
	e := w.engine()
	frozen, err := Freeze(t.Context(), w.svc, w.settings(Target{Ref: chat, All: true}).Job, keep{})
	w.must(err)
	v := Verifier{Service: garbling{w.svc}, Sleep: e.Sleep}.User(t.Context(), frozen)
	w.want("unknown", 2, len(v.Unknown))
	w.want("deleted", 0, v.Deleted)
	w.want("kind", fault.Partial, fault.KindOf(v.Verdict()))
}

type keep struct{}

func (keep) AddConversation(roaming.Conversation) error { return nil }
func (keep) AddMessage(roaming.Message) error           { return nil }

// If For is 0, Verify reads each history once.
func TestVerifyWithoutATimeLimitReadsOnce(t *testing.T) {
	w := newWorld(t, 2)
	for want, d := range map[int]time.Duration{0: 0, 1: firstWait, 2: firstWait + 1} {
		slept := 0
		v := Verifier{Service: w.svc, For: d, Sleep: func(context.Context, time.Duration) error { slept++; return nil }}
		v.User(t.Context(), []Frozen{{Target: Target{Ref: chat}, Visible: w.ids}})
		w.want("looks", want, slept)
	}
}

// In a group, another member's history is compared; a room has no member to compare.
func TestPeerOfAGroup(t *testing.T) {
	w := newWorld(t, 1)
	for _, user := range []string{"alice", "bob"} {
		other, err := Verifier{Service: w.svc}.otherSide(t.Context(), roaming.Ref{User: user, Conversation: "42", Type: roaming.Group})
		w.must(err)
		w.want("another member", true, other.User != user && (other.User == "alice" || other.User == "bob"))
	}
	_, err := Verifier{Service: w.svc}.otherSide(t.Context(), roaming.Ref{User: "alice", Conversation: "42", Type: roaming.Room})
	w.want("kind", fault.NotFound, fault.KindOf(err))
	_, err = Verifier{Service: newWorld(t, 0, "route=members,status=503").svc}.otherSide(t.Context(), group)
	w.want("kind", fault.Network, fault.KindOf(err))
}

// An unreadable item counts as arrived since if everything was readable before.
func TestUnreadableItemCountsAsNew(t *testing.T) {
	l := listedConversations{service: garbling{}, frozen: map[roaming.Ref]Frozen{chat: {Target: Target{Ref: chat, All: true}, Visible: []roaming.MessageID{1}}}}
	busy, err := l.busy(t.Context(), Call{Op: OpConversation, Ref: chat})
	if err != nil || !busy {
		t.Errorf("%v, %v", busy, err)
	}
}
