package restore

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/roaming"
)

// backedUp is a backup of messages, for a deletion of all of them.
func (w *world) backedUp(scope backup.Scope, messages ...roaming.Message) Settings {
	w.t.Helper()
	out, err := backup.Create(w.t.Context(), w.t.TempDir(), "test", backup.Options{AppKey: w.AppKey, Scope: scope})
	w.must(err)
	for _, m := range messages {
		w.must(out.AddMessage(m))
	}
	manifest, err := out.Commit(w.t.Context())
	w.must(err)
	return Settings{Source: Source{Path: out.Path(), Digest: manifest.Digest}}
}

// TestMessagesWithoutIDOrTimeAreReported: nothing of a backup is left out of the report,
// and two messages without an ID are two.
func TestMessagesWithoutIDOrTimeAreReported(t *testing.T) {
	w := newWorld(t)
	w.send(text("alice", "bob", "hi"), 0)
	alice, bob := ref("alice", "bob"), ref("bob", "alice")
	usual := w.history(alice)[0]
	w.clear(alice, bob)

	noID := usual
	noID.ID, noID.Raw = 0, slices.Concat(usual.Raw, []byte{0x08, 0}) // the last of a field counts
	noTime := usual
	noTime.ID, noTime.Timestamp = usual.ID+1, roaming.Time{}
	noTime.Raw = slices.Concat(usual.Raw, []byte{0x20, 0})
	s := w.backedUp(backup.Scope{User: "alice"}, noID, usual, noTime, noID)
	reports := []Report{w.preview(s), w.run(s), w.run(s)}
	w.Dir = t.TempDir() // the map is lost, and the copy counts for the one with an ID
	for _, report := range append(reports, w.run(s)) {
		if c := report.Total; c.Messages != 4 || c.CannotGoBack != 3 || c.ToRestore+c.Restored+c.RestoredBefore != 1 {
			t.Errorf("%+v", c)
		}
		reasons := map[string]int{}
		for _, lost := range report.CannotGoBack {
			reasons[lost.Reason]++
		}
		want := map[string]int{"it has no ID, so an import of it could not be found again": 2, "it has no time": 1}
		if diff := cmp.Diff(want, reasons); diff != "" {
			t.Error(diff)
		}
	}
	if n := len(w.history(alice)); n != 1 {
		t.Errorf("alice has %d messages", n)
	}
}

// TestMessageWithoutATimeIsFound: a look at the view is not bounded by the
// times of the others.
func TestMessageWithoutATimeIsFound(t *testing.T) {
	w := newWorld(t)
	for i := range int64(3) {
		w.send(text("alice", "bob", "hi"), i)
	}
	all := w.history(ref("alice", "bob"))
	all[0].Timestamp = roaming.Time{}
	all[0].Raw = append(all[0].Raw, 0x20, 0)
	report := w.preview(w.backedUp(backup.Scope{User: "alice"}, all...))
	if diff := cmp.Diff(Counts{Messages: 3, UserHas: 3}, report.Total); diff != "" {
		t.Error(diff)
	}
}

// TestMessagesKeepTheirConversation: what a sender claimed does not bring a
// private message into a group.
func TestMessagesKeepTheirConversation(t *testing.T) {
	w := newWorld(t)
	w.must(w.box.Join(t.Context(), "bob", "alice", "carol")) // a group of that ID
	w.send(text("alice", "bob", "private"), 0)
	alice, bob := ref("alice", "bob"), ref("bob", "alice")
	m := w.history(alice)[0]
	w.clear(alice, bob)
	m.ChatType = roaming.Group
	report := w.run(w.backedUp(backup.Scope{User: "alice", Conversation: "bob", Type: roaming.Chat}, m))
	if report.Total.Restored != 1 || report.Conversations[0].Type != roaming.Chat {
		t.Errorf("%+v", report)
	}
	if in, out := len(w.history(alice)), len(w.history(group("carol", "bob"))); in != 1 || out != 0 {
		t.Errorf("%d messages are in the chat, %d in the group", in, out)
	}
}
