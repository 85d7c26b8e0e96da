package restore

import (
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
