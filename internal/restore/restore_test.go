package restore

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/sandbox/wire"
)

// TestMessagesOfThePeerAreSkipped: after a one-way deletion nothing is restored unasked,
// because the peer would see it twice.
func TestMessagesOfThePeerAreSkipped(t *testing.T) {
	w := newWorld(t)
	for i := range int64(5) {
		w.send(text("alice", "bob", "hi"), i)
	}
	alice, bob := ref("alice", "bob"), ref("bob", "alice")
	s := w.backUp(alice)
	w.clear(alice)

	report := w.run(s)
	if diff := cmp.Diff(Counts{Messages: 5, PeerHas: 5}, report.Total); diff != "" {
		t.Error(diff)
	}
	err := report.Err()
	if e, ok := errors.AsType[*fault.Error](err); !ok || e.Kind != fault.Safety || !strings.Contains(e.Hint, "--allow-duplicates") {
		t.Errorf("verdict %v", err)
	}
	if a, b := len(w.history(alice)), len(w.history(bob)); a != 0 || b != 5 {
		t.Errorf("alice has %d, bob %d", a, b)
	}

	s.AllowDuplicates = true
	if diff := cmp.Diff(Counts{Messages: 5, ToRestore: 5, Duplicates: 5}, w.preview(s).Total); diff != "" {
		t.Error(diff)
	}
	report = w.run(s)
	if diff := cmp.Diff(Counts{Messages: 5, Restored: 5, Duplicates: 5}, report.Total); diff != "" {
		t.Error(diff)
	}
	if a, b := len(w.history(alice)), len(w.history(bob)); a != 5 || b != 10 {
		t.Errorf("alice has %d, bob %d", a, b)
	}
}

// TestOnlyDeletedMessagesAreRestored: what the user still has stays as it is, and what the
// peer lost too goes back.
func TestOnlyDeletedMessagesAreRestored(t *testing.T) {
	w := newWorld(t)
	var ids []roaming.MessageID
	for i := range int64(6) {
		ids = append(ids, w.send(text("bob", "alice", "hi"), i))
	}
	alice, bob := ref("alice", "bob"), ref("bob", "alice")
	s := w.backUp(alice)
	w.must(w.client.DeleteMessages(t.Context(), alice, ids[:4], false))
	w.must(w.client.DeleteMessages(t.Context(), bob, ids[2:], false))

	report := w.run(s)
	if diff := cmp.Diff(Counts{Messages: 6, Restored: 2, UserHas: 2, PeerHas: 2}, report.Total); diff != "" {
		t.Error(diff)
	}
	if kind := fault.KindOf(report.Err()); kind != fault.Partial {
		t.Errorf("verdict %q", kind)
	}
	if a, b := len(w.history(alice)), len(w.history(bob)); a != 4 || b != 4 {
		t.Errorf("alice has %d, bob %d", a, b)
	}
}

// TestGroups: any member who still has a message keeps it from being doubled.
func TestGroups(t *testing.T) {
	w := newWorld(t)
	w.must(w.box.Join(t.Context(), "g1", "alice", "bob", "carol"))
	for i := range int64(4) {
		w.send(to("groupchat", text("bob", "g1", "hi")), i)
	}
	views := []roaming.Ref{group("alice", "g1"), group("bob", "g1"), group("carol", "g1")}
	s := w.backUp(views[0])
	w.clear(views[:2]...)
	if diff := cmp.Diff(Counts{Messages: 4, PeerHas: 4}, w.preview(s).Total); diff != "" {
		t.Error("carol has them:", diff)
	}
	before := w.history(views[2])
	w.clear(views[2])
	if diff := cmp.Diff(Counts{Messages: 4, Restored: 4}, w.run(s).Total); diff != "" {
		t.Error(diff)
	}
	for _, view := range views {
		if diff := cmp.Diff(withoutIDs(t, before), withoutIDs(t, w.history(view))); diff != "" {
			t.Errorf("%s: %s", view, diff)
		}
	}
}

// payload is a MessageBody of a chat with what JSON can't say.
func payload(t *testing.T, content string, ext ...wire.KeyValue) []byte {
	t.Helper()
	body := wire.Body{Type: 1, From: wire.JID{Name: "alice"}, To: wire.JID{Name: "bob"}}
	if err := body.Parse([]byte(`{"bodies":[` + content + `]}`)); err != nil {
		t.Fatal(err)
	}
	body.Ext = ext
	return wire.Marshal(body)
}

// TestTypes: extension values whose type JSON does not show come back with
// their values.
func TestTypes(t *testing.T) {
	w := newWorld(t)
	m := text("alice", "bob", "typed")
	m.Payload = payload(t, `{"type":"txt","msg":"typed"}`,
		wire.KeyValue{Key: "float", Type: wire.Float, Float: new(float32(0.1))},
		wire.KeyValue{Key: "uint", Type: wire.Uint, Varint: new(int64(5))},
		wire.KeyValue{Key: "long", Type: wire.LongInt, Varint: new(int64(5))},
		wire.KeyValue{Key: "double", Type: wire.Double, Double: new(2.0)},
		wire.KeyValue{Key: "json", Type: wire.JSONString, Text: new(`"a text"`)})
	w.send(m, 0)
	views := []roaming.Ref{ref("alice", "bob"), ref("bob", "alice")}
	before := w.history(views[0])
	s := w.backUp(views[0])
	w.clear(views...)
	if report := w.run(s); report.Total.Restored != 1 {
		t.Error(report)
	}
	if diff := cmp.Diff(withoutIDs(t, before), withoutIDs(t, w.history(views[0]))); diff != "" {
		t.Error(diff)
	}
}

// TestLaterImport: once something later was imported into a conversation, the
// service takes nothing older.
func TestLaterImport(t *testing.T) {
	w := newWorld(t)
	w.send(text("alice", "bob", "old"), 0)
	views := []roaming.Ref{ref("alice", "bob"), ref("bob", "alice")}
	older := w.backUp(views[0])
	w.clear(views...)
	w.send(text("alice", "bob", "new"), 10)
	newer := w.backUp(views[0])
	w.clear(views...)
	if got := w.run(newer).Total.Restored; got != 1 {
		t.Fatalf("%d restored", got)
	}
	report := w.run(older)
	if len(report.CannotGoBack) != 1 || report.CannotGoBack[0].Status != OutOfOrder {
		t.Errorf("%+v", report.CannotGoBack)
	}
}

// TestLostMap: without the map, restore finds restored messages in the user's view.
func TestLostMap(t *testing.T) {
	w := newWorld(t)
	for i := range int64(3) {
		w.send(text("alice", "bob", "hi"), i)
	}
	views := []roaming.Ref{ref("alice", "bob"), ref("bob", "alice")}
	s := w.backUp(views[0])
	w.clear(views...)
	first := w.run(s)
	known, _, err := readMap(first.Map)
	w.must(err)
	w.must(os.Remove(first.Map))
	if diff := cmp.Diff(Counts{Messages: 3, RestoredBefore: 3}, w.run(s).Total); diff != "" {
		t.Error(diff)
	}
	rebuilt, _, err := readMap(first.Map)
	w.must(err)
	if diff := cmp.Diff(known, rebuilt, cmpopts.IgnoreFields(line{}, "Found")); diff != "" {
		t.Error(diff)
	}
	if n := len(w.history(views[0])); n != 3 {
		t.Errorf("alice has %d", n)
	}
}

// TestDeletedAfterARestore: what was restored and then deleted a second time is not there,
// whatever the map says, and can't go back, because times must rise.
func TestDeletedAfterARestore(t *testing.T) {
	w := newWorld(t)
	for i := range int64(4) {
		w.send(text("alice", "bob", "hi"), i)
	}
	alice, bob := ref("alice", "bob"), ref("bob", "alice")
	s := w.backUp(alice)
	w.clear(alice, bob)
	if diff := cmp.Diff(Counts{Messages: 4, Restored: 4}, w.run(s).Total); diff != "" {
		t.Fatal(diff)
	}
	copies := w.history(alice)
	w.must(w.client.DeleteMessages(t.Context(), alice, []roaming.MessageID{copies[0].ID, copies[3].ID}, false))

	// bob still has the copies of both.
	if diff := cmp.Diff(Counts{Messages: 4, RestoredBefore: 2, PeerHas: 2}, w.preview(s).Total); diff != "" {
		t.Error(diff)
	}
	w.clear(alice, bob)
	want := Counts{Messages: 4, CannotGoBack: 4}
	report := w.run(s)
	if diff := cmp.Diff(want, report.Total); diff != "" {
		t.Error(diff)
	}
	for _, lost := range report.CannotGoBack {
		if lost.Status != OutOfOrder || !strings.Contains(lost.Reason, "deleted again") {
			t.Errorf("%+v", lost)
		}
	}
	if err := report.Err(); fault.KindOf(err) != fault.Partial {
		t.Errorf("verdict %v", err)
	}
	if a, b := len(w.history(alice)), len(w.history(bob)); a != 0 || b != 0 {
		t.Errorf("alice has %d, bob %d", a, b)
	}
}
