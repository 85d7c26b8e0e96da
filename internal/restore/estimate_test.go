package restore

import (
	"testing"

	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/sandbox"
)

// TestEstimate: what is said before a deletion is what a restore does afterwards.
func TestEstimate(t *testing.T) {
	w := newWorld(t)
	w.must(w.box.Join(t.Context(), "g1", "alice", "bob"))
	for i := range int64(3) {
		w.send(text("alice", "bob", "hi"), i)
		w.send(to("groupchat", text("bob", "g1", "hi")), i)
		w.send(to("chatroom", text("alice", "r1", "hi")), i)
	}
	w.send(text("bob", "alice", "at the same time"), 2)
	w.send(sandbox.Message{Type: "groupchat", From: "bob", To: "g1", Body: map[string]any{"type": "of-the-future"}}, 9)
	alice, others := []roaming.Ref{ref("alice", "bob"), group("alice", "g1")}, []roaming.Ref{ref("bob", "alice"), group("bob", "g1")}
	room := roaming.Ref{User: "alice", Conversation: "r1", Type: roaming.Room}

	outlook := &Estimate{Check: w.client.CheckImport}
	for _, view := range append(alice, room) {
		for m, err := range roaming.Items(w.client.History(t.Context(), view, roaming.HistoryQuery{KeepRaw: true})) {
			w.must(err)
			outlook.Add("alice", m)
		}
	}
	if outlook.Messages != 11 || outlook.Importable != 6 {
		t.Errorf("%d of %d", outlook.Importable, outlook.Messages)
	}
	s := w.backUp(append(alice, room)...)
	w.clear(append(alice, others...)...)
	w.must(w.client.DeleteMessagesBefore(t.Context(), room, w.history(room)[2].Timestamp.Time, false))
	if got := w.preview(s).Total; got.ToRestore != outlook.Importable || got.Messages != outlook.Messages {
		t.Errorf("a restore would do %+v", got)
	}
}
