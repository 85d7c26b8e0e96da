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

// members is a service that knows a group's members only.
type members struct {
	roaming.Service

	ids []string
	err error
}

func (m members) GroupMembers(context.Context, string) iter.Seq2[roaming.Page[string], error] {
	return func(yield func(roaming.Page[string], error) bool) {
		yield(roaming.Page[string]{Items: m.ids}, m.err)
	}
}

func TestEveryone(t *testing.T) {
	inGroup := func(user string) roaming.Ref {
		return roaming.Ref{User: user, Conversation: "42", Type: roaming.Group}
	}
	with := func(user, peer string) roaming.Ref {
		return roaming.Ref{User: user, Conversation: peer, Type: roaming.Chat}
	}
	for name, tt := range map[string]struct {
		ref  roaming.Ref
		want []roaming.Ref
	}{
		"both sides of a chat":    {with("alice", "bob"), []roaming.Ref{with("alice", "bob"), with("bob", "alice")}},
		"a chat with oneself":     {with("alice", "alice"), []roaming.Ref{with("alice", "alice")}},
		"every member, each once": {inGroup("bob"), []roaming.Ref{inGroup("bob"), inGroup("alice"), inGroup("carol")}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Everyone(t.Context(), members{ids: []string{"alice", "bob", "carol"}}, tt.ref)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if _, err := Everyone(t.Context(), members{}, roaming.Ref{Type: roaming.Room}); fault.KindOf(err) != fault.Usage {
		t.Errorf("a room: %v, want a usage error", err)
	}
	if _, err := Everyone(t.Context(), members{err: errors.New("boom")}, inGroup("bob")); err == nil {
		t.Error("a member list that can't be read must not look like an empty one")
	}
}
