package restore

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// TestLocks: everybody whose history an import writes to is locked while it is
// restored, and no other user.
func TestLocks(t *testing.T) {
	w := newWorld(t)
	w.must(w.box.Join(t.Context(), "g1", "alice", "bob", "carol"))
	w.send(to("groupchat", text("bob", "g1", "hi")), 1)
	w.send(text("alice", "dave", "hi"), 2)
	w.send(text("alice", "erin", "still there"), 3)
	w.send(text("alice", "alice", "note"), 4)
	views := []roaming.Ref{group("alice", "g1"), group("bob", "g1"), group("carol", "g1"), ref("alice", "dave"), ref("dave", "alice"), ref("alice", "alice")}
	s := w.backUp(group("alice", "g1"), ref("alice", "dave"), ref("alice", "erin"), ref("alice", "alice"))
	w.clear(views...)

	held, most := map[string]bool{}, []string{}
	taken := ""
	w.Lock = func(user string) (func() error, error) {
		if user == taken {
			return nil, fault.New(fault.Safety, "%s is locked", user).WithHint("wait")
		}
		if held[user] {
			t.Errorf("%s is locked twice", user)
		}
		held[user] = true
		return func() error {
			delete(held, user)
			return nil
		}, nil
	}
	w.OnProgress = func(Progress) { most = slices.Sorted(maps.Keys(held)) }
	for _, taken = range []string{"carol", "dave"} {
		report, err := w.Run(t.Context(), s)
		if fault.KindOf(err) != fault.Safety || fault.HintOf(err) != "wait" || report.Total.Restored > 0 || len(held) > 0 {
			t.Errorf("%s is locked: %+v, %v, held %v", taken, report.Total, err, held)
		}
	}
	taken = ""
	w.preview(s)
	if len(held) > 0 || len(most) > 0 {
		t.Errorf("a preview locked %v", held)
	}
	if diff := cmp.Diff(Counts{Messages: 4, Restored: 3, UserHas: 1}, w.run(s).Total); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"bob", "carol", "dave"}, most); diff != "" || len(held) > 0 {
		t.Errorf("locked %s, still held %v", diff, held)
	}
}
