package restore

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/sandbox"
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

// TestCannotGoBack: what an import can't express is listed with the reason.
func TestCannotGoBack(t *testing.T) {
	w := newWorld(t)
	raw := func(content string, ext ...wire.KeyValue) sandbox.Message {
		m := text("alice", "bob", "x")
		m.Payload = payload(t, content, ext...)
		return m
	}
	kv := wire.KeyValue{Key: "k", Type: wire.Double, Double: new(math.NaN())}
	want := []Lost{
		{ID: w.send(raw(`{"type":"smell","msg":"x"}`), 1), Status: Unimportable, Reason: "kind"},
		{ID: w.send(raw(`{"type":"txt","msg":"x"}`, kv), 2), Status: Unimportable, Reason: "NaN"},
		{ID: w.send(raw(`{"type":"txt","msg":"x"}`, wire.KeyValue{Key: "k", Type: wire.Int, Varint: new(int64(0))}, wire.KeyValue{Key: "k", Type: wire.Int, Varint: new(int64(0))}), 3), Status: Unimportable, Reason: "no field"},
		{ID: w.send(raw(`{"type":"txt","msg":"x"},{"type":"txt","msg":"y"}`), 4), Status: Unimportable, Reason: "no field"},
	}
	w.send(text("alice", "bob", "first"), 5)
	want = append(want, Lost{ID: w.send(text("bob", "alice", "second"), 5), Status: OutOfOrder, Reason: "same millisecond"})
	roomMessage := Lost{ID: w.send(to("chatroom", text("alice", "r1", "x")), 1), Status: Unimportable, Reason: "chat rooms", Conversation: "r1"}
	views := []roaming.Ref{ref("alice", "bob"), ref("bob", "alice"), {User: "alice", Conversation: "r1", Type: roaming.Room}}
	s := w.backUp(views[0], views[2])
	w.clear(views...)

	report := w.run(s)
	want = append(want, roomMessage)
	same := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Reason" },
		cmp.Comparer(func(a, b string) bool { return strings.Contains(a, b) || strings.Contains(b, a) }))
	if diff := cmp.Diff(want, report.CannotGoBack, same, cmpopts.IgnoreFields(Lost{}, "Conversation", "Type", "Timestamp")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Counts{Messages: 7, Restored: 1, CannotGoBack: 6}, report.Total); diff != "" {
		t.Error(diff)
	}
	if kind := fault.KindOf(report.Err()); kind != fault.Partial {
		t.Errorf("verdict %q", kind)
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

// TestFaults: whatever happens to requests and answers, each message is
// restored once.
func TestFaults(t *testing.T) {
	for _, spec := range []string{
		"route=import.*,reset=after,p=0.4,seed=1", "route=import.*,reset,p=0.4,seed=2", "route=import.*,status=503,p=0.4,seed=3",
		"route=import.*,status=429,p=0.4,seed=4", "route=import.*,truncate,p=0.4,seed=5", "route=history,status=503,p=0.2,seed=6",
	} {
		t.Run(spec, func(t *testing.T) {
			w := newWorld(t, spec)
			for i := range int64(40) {
				w.send(text("alice", "bob", "hi"), i)
			}
			views := []roaming.Ref{ref("alice", "bob"), ref("bob", "alice")}
			before := [][]string{withoutIDs(t, w.history(views[0])), withoutIDs(t, w.history(views[1]))}
			s := w.backUp(views[0])
			w.clear(views...)
			for range 20 {
				if _, err := w.Run(t.Context(), s); err == nil {
					break
				}
			}
			for i, view := range views {
				if diff := cmp.Diff(before[i], withoutIDs(t, w.history(view))); diff != "" {
					t.Errorf("%s: %s", view, diff)
				}
			}
			if got := w.run(s).Total.RestoredBefore; got != 40 {
				t.Errorf("the map has %d", got)
			}
		})
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

// TestRefusals: a backup that is damaged, of another app or not the run's is
// not restored.
func TestRefusals(t *testing.T) {
	w := newWorld(t)
	w.send(text("alice", "bob", "hi"), 0)
	s := w.backUp(ref("alice", "bob"))
	refusedBecause := func(want fault.Kind, words string, r *Restorer, s Settings) {
		t.Helper()
		for name, f := range map[string]func() error{
			"preview": func() error { _, err := r.Preview(t.Context(), s); return err },
			"run":     func() error { _, err := r.Run(t.Context(), s); return err },
		} {
			if err := f(); fault.KindOf(err) != want || !strings.Contains(err.Error(), words) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	other := *w.Restorer
	other.AppKey = "some#other"
	refusedBecause(fault.Safety, "some#other", &other, s)
	wrong := s
	wrong.Digest = strings.Repeat("0", 64)
	refusedBecause(fault.Safety, "digest", w.Restorer, wrong)
	missing := s
	missing.Conversation = "carol"
	refusedBecause(fault.NotFound, "carol", w.Restorer, missing)
	path := filepath.Join(s.Path, "messages.ndjson.zst")
	b, err := os.ReadFile(path)
	w.must(err)
	b[len(b)/2] ^= 1
	w.must(os.WriteFile(path, b, 0o600))
	refusedBecause(fault.Safety, "messages.ndjson.zst", w.Restorer, s)
	if _, err := backup.Verify(t.Context(), s.Path); err == nil {
		t.Error("the damage was not found")
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
