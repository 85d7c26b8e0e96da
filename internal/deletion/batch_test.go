package deletion

import (
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// service answers the calls that deletions make; everything else is absent.
type service struct {
	roaming.Service

	batches       [][]roaming.MessageID
	conversations []roaming.Ref
	members       []string
	fail          func(call int) error
}

func (s *service) DeleteMessages(_ context.Context, _ roaming.Ref, ids []roaming.MessageID, _ bool) error {
	s.batches = append(s.batches, ids)
	return s.fail(len(s.batches))
}

func (s *service) DeleteConversation(_ context.Context, ref roaming.Ref, _ bool) error {
	s.conversations = append(s.conversations, ref)
	return s.fail(len(s.conversations))
}

func (s *service) GroupMembers(context.Context, string) iter.Seq2[roaming.Page[string], error] {
	return func(yield func(roaming.Page[string], error) bool) {
		yield(roaming.Page[string]{Items: s.members}, s.fail(0))
	}
}

func never(int) error { return nil }

func idsUpTo(n int) []roaming.MessageID {
	ids := make([]roaming.MessageID, n)
	for i := range ids {
		ids[i] = roaming.MessageID(i + 1)
	}
	return ids
}

func statuses(t *testing.T, ctx context.Context, svc roaming.Service, n int) []Status {
	t.Helper()
	var got []Status
	var ids []roaming.MessageID
	for b := range Messages(ctx, svc, roaming.Ref{}, idsUpTo(n), 50, true) {
		got = append(got, b.Status)
		ids = append(ids, b.IDs...)
	}
	if diff := cmp.Diff(idsUpTo(n), ids); diff != "" {
		t.Errorf("not every ID is accounted for once, in order: %s", diff)
	}
	return got
}

func TestMessagesSends120IDsInThreeCalls(t *testing.T) {
	svc := &service{fail: never}
	got := statuses(t, t.Context(), svc, 120)
	if diff := cmp.Diff([]Status{Accepted, Accepted, Accepted}, got); diff != "" {
		t.Error(diff)
	}
	if len(svc.batches) != 3 || len(svc.batches[2]) != 20 {
		t.Errorf("calls: %v", svc.batches)
	}
}

func TestMessagesGoesOnAfterAFailedBatch(t *testing.T) {
	svc := &service{fail: func(call int) error {
		if call == 1 {
			return fault.New(fault.Network, "cut off")
		}
		return nil
	}}
	got := statuses(t, t.Context(), svc, 120)
	if diff := cmp.Diff([]Status{Failed, Accepted, Accepted}, got); diff != "" {
		t.Error(diff)
	}
}

func TestMessagesStopsWhereNoBatchCanSucceed(t *testing.T) {
	svc := &service{fail: func(int) error { return fault.New(fault.Auth, "no") }}
	got := statuses(t, t.Context(), svc, 120)
	if diff := cmp.Diff([]Status{Failed, NotSent, NotSent}, got); diff != "" {
		t.Error(diff)
	}
	if len(svc.batches) != 1 {
		t.Errorf("%d calls were made with credentials that the service refused", len(svc.batches))
	}
}

func TestMessagesStopsWhenInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	svc := &service{fail: func(call int) error {
		if call == 2 {
			cancel()
			return ctx.Err()
		}
		return nil
	}}
	got := statuses(t, ctx, svc, 200)
	if diff := cmp.Diff([]Status{Accepted, Failed, NotSent, NotSent}, got); diff != "" {
		t.Error(diff)
	}
}

func TestConversationsReportsEachOutcome(t *testing.T) {
	svc := &service{fail: func(call int) error {
		if call == 1 {
			return errors.New("boom")
		}
		return nil
	}}
	refs := []roaming.Ref{{Owner: "alice", Conversation: "bob"}, {Owner: "alice", Conversation: "carol"}}
	var got []Status
	for o := range Conversations(t.Context(), svc, refs, true) {
		got = append(got, o.Status)
	}
	if diff := cmp.Diff([]Status{Failed, Accepted}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(refs, svc.conversations); diff != "" {
		t.Error(diff)
	}
}

func TestEveryone(t *testing.T) {
	group := func(owner string) roaming.Ref {
		return roaming.Ref{Owner: owner, Conversation: "42", Type: roaming.Group}
	}
	chat := func(owner, peer string) roaming.Ref {
		return roaming.Ref{Owner: owner, Conversation: peer, Type: roaming.Chat}
	}
	for name, tt := range map[string]struct {
		ref  roaming.Ref
		want []roaming.Ref
	}{
		"both sides of a chat":    {chat("alice", "bob"), []roaming.Ref{chat("alice", "bob"), chat("bob", "alice")}},
		"a chat with oneself":     {chat("alice", "alice"), []roaming.Ref{chat("alice", "alice")}},
		"every member, each once": {group("bob"), []roaming.Ref{group("bob"), group("alice"), group("carol")}},
	} {
		t.Run(name, func(t *testing.T) {
			svc := &service{fail: never, members: []string{"alice", "bob", "carol"}}
			got, err := Everyone(t.Context(), svc, tt.ref)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if _, err := Everyone(t.Context(), &service{}, roaming.Ref{Type: roaming.Room}); fault.KindOf(err) != fault.Usage {
		t.Errorf("a room: %v, want a usage error", err)
	}
	broken := &service{fail: func(int) error { return errors.New("boom") }}
	if _, err := Everyone(t.Context(), broken, group("bob")); err == nil {
		t.Error("a member list that can't be read must not look like an empty one")
	}
}
