package restore

import (
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

func TestErr(t *testing.T) {
	for name, tt := range map[string]struct {
		total Counts
		kind  fault.Kind
		words string
	}{
		"nothing there":            {Counts{}, "", ""},
		"all restored":             {Counts{Messages: 3, Restored: 3}, "", ""},
		"all there":                {Counts{Messages: 3, RestoredBefore: 1, UserHas: 2}, "", ""},
		"the user has all":         {Counts{Messages: 3, UserHas: 3}, "", ""},
		"the peer has all":         {Counts{Messages: 3, PeerHas: 3}, fault.Safety, "nothing was restored: the other side still has all 3 messages and would get them twice"},
		"the others are there":     {Counts{Messages: 3, PeerHas: 2, UserHas: 1}, fault.Safety, "nothing was restored: the other side still has all 2 messages and would get them twice"},
		"some restored":            {Counts{Messages: 3, PeerHas: 2, Restored: 1}, fault.Partial, "skipped 2 messages that the other side still has; 0 can't be restored"},
		"the peer has one of five": {Counts{Messages: 5, PeerHas: 3, UserHas: 1, CannotGoBack: 1}, fault.Partial, "skipped 3 messages that the other side still has; 1 can't be restored"},
		"one can't go back":        {Counts{Messages: 3, Restored: 2, CannotGoBack: 1}, fault.Partial, "1 of 3 messages can't be restored"},
		"none can go back":         {Counts{Messages: 3, CannotGoBack: 3}, fault.Partial, "3 of 3 messages can't be restored"},
	} {
		err := Report{Total: tt.total}.Err()
		if fault.KindOf(err) != tt.kind || err != nil && err.Error() != tt.words {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUnfinished(t *testing.T) {
	down := fault.New(fault.Network, "down")
	for name, tt := range map[string]struct {
		restored, left int
		err            error
		kind           fault.Kind
		words          string
	}{
		"done":             {2, 0, nil, "", ""},
		"nothing restored": {0, 5, down, fault.Network, "down"},
		"some restored":    {2, 3, down, fault.Partial, "restored 2 of 5 messages: down"},
		"interrupted":      {2, 3, context.Canceled, fault.Interrupted, "context canceled"},
	} {
		err := Report{Total: Counts{Restored: tt.restored, ToRestore: tt.left}}.unfinished(tt.err)
		if fault.KindOf(err) != tt.kind || err != nil && (err.Error() != tt.words || !errors.Is(err, tt.err)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Each status has its own count, and doubtful parts are counted only for imported messages.
func TestCountsOfAReport(t *testing.T) {
	var c Counts
	r := Report{Doubtful: map[string]int{}}
	for i, status := range []Status{ToRestore, Restored, RestoredBefore, UserHas, PeerHas, Unimportable, OutOfOrder, Refused} {
		it := item{id: roaming.MessageID(i + 1), status: status, peerHas: true, doubtful: []string{"thumb", "ext"}}
		c.add(it)
		r.note(roaming.Ref{Conversation: "bob", Type: roaming.Chat}, it)
	}
	want := Counts{
		Messages: 8, ToRestore: 1, Restored: 1, RestoredBefore: 1, UserHas: 1, PeerHas: 1, CannotGoBack: 3, Duplicates: 2,
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]int{"thumb": 2, "ext": 2}, r.Doubtful); diff != "" || len(r.CannotGoBack) != 3 {
		t.Errorf("%s, %v", diff, r.CannotGoBack)
	}
}

// missing is a service without a group, or without a user.
type missing struct {
	Service
	group bool
	user  string
}

func (m missing) GroupMembers(ctx context.Context, id string) iter.Seq2[roaming.Page[string], error] {
	if m.group {
		return func(yield func(roaming.Page[string], error) bool) {
			yield(roaming.Page[string]{}, fault.New(fault.NotFound, "no such group"))
		}
	}
	return m.Service.GroupMembers(ctx, id)
}

func (m missing) History(ctx context.Context, ref roaming.Ref, q roaming.HistoryQuery) iter.Seq2[roaming.Page[roaming.Message], error] {
	if ref.User == m.user {
		return func(yield func(roaming.Page[roaming.Message], error) bool) {
			yield(roaming.Page[roaming.Message]{}, fault.New(fault.NotFound, "no such user"))
		}
	}
	return m.Service.History(ctx, ref, q)
}

// A message that can't be restored because a user no longer exists says so. A member
// of a group who is gone keeps nothing from the others.
func TestMissingUsersAreReported(t *testing.T) {
	w := newWorld(t)
	w.must(w.box.Join(t.Context(), "g1", "alice", "bob", "carol"))
	w.send(text("alice", "bob", "hi"), 1)
	w.send(to("groupchat", text("bob", "g1", "hi")), 2)
	s := w.backUp(ref("alice", "bob"), group("alice", "g1"))
	w.clear(ref("alice", "bob"), ref("bob", "alice"), group("alice", "g1"), group("bob", "g1"), group("carol", "g1"))
	for name, tt := range map[string]struct {
		service missing
		lost    []string
		want    Counts
	}{
		"the user":  {missing{user: "bob"}, []string{"the user bob no longer exists"}, Counts{Messages: 2, ToRestore: 1, CannotGoBack: 1}},
		"the group": {missing{group: true}, []string{"the group no longer exists"}, Counts{Messages: 2, ToRestore: 1, CannotGoBack: 1}},
		"a member":  {missing{user: "carol"}, nil, Counts{Messages: 2, ToRestore: 2}},
	} {
		tt.service.Service = w.client
		w.Service = tt.service
		report := w.preview(s)
		var lost []string
		for _, l := range report.CannotGoBack {
			lost = append(lost, l.Reason)
		}
		if diff := cmp.Diff(tt.lost, lost) + cmp.Diff(tt.want, report.Total); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
