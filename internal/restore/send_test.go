package restore

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// importer is a service whose n-th import, from 1, is do.
type importer struct {
	Service
	n  int
	do func(n int, m roaming.Message) (roaming.MessageID, error)
}

func (i *importer) ImportMessage(_ context.Context, m roaming.Message) (roaming.MessageID, error) {
	i.n++
	return i.do(i.n, m)
}

// deletedMessage returns the settings for a backup of one message that neither
// alice nor bob has any more.
func (w *world) deletedMessage() Settings {
	w.t.Helper()
	w.send(text("alice", "bob", "hi"), 0)
	s := w.backUp(ref("alice", "bob"))
	w.clear(ref("alice", "bob"), ref("bob", "alice"))
	return s
}

// TestAttempts: an import is tried eight times. A refusal counts even when it
// is the answer to the last attempt.
func TestAttempts(t *testing.T) {
	var (
		network     = fault.New(fault.Network, "no answer")
		rateLimited = fault.New(fault.RateLimited, "too many requests")
		refusal     = fault.New(fault.Refused, "not this one")
	)
	for name, tt := range map[string]struct {
		before, last error // what the first seven attempts and the eighth return
		kind         fault.Kind
		want         Counts
	}{
		"no answer":       {network, network, fault.Network, Counts{Messages: 1, ToRestore: 1}},
		"rate limited":    {rateLimited, rateLimited, fault.RateLimited, Counts{Messages: 1, ToRestore: 1}},
		"refused at last": {rateLimited, refusal, "", Counts{Messages: 1, CannotGoBack: 1}},
	} {
		w := newWorld(t)
		s := w.deletedMessage()
		service := &importer{Service: w.client, do: func(n int, _ roaming.Message) (roaming.MessageID, error) {
			if n < attempts {
				return 0, tt.before
			}
			if n > attempts {
				return 0, fault.New(fault.Bug, "attempt %d", n)
			}
			return 0, tt.last
		}}
		w.Service = service
		report, err := w.Run(t.Context(), s)
		if fault.KindOf(err) != tt.kind || service.n != attempts {
			t.Errorf("%s: %v after %d attempts", name, err, service.n)
		}
		if diff := cmp.Diff(tt.want, report.Total); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestLostAnswer: after a lost answer the message is sent again only if it was
// not stored, and another message of the same millisecond does not count as it.
func TestLostAnswer(t *testing.T) {
	for name, tt := range map[string]struct {
		stored        bool
		imports, want int
	}{
		"stored":     {true, 1, 1},
		"not stored": {false, 2, 2},
	} {
		w := newWorld(t)
		s := w.deletedMessage()
		service := &importer{Service: w.client}
		var id roaming.MessageID
		service.do = func(n int, m roaming.Message) (_ roaming.MessageID, err error) {
			if n == 1 && !tt.stored {
				w.send(text("bob", "alice", "another"), 0)
				return 0, fault.New(fault.Network, "not stored")
			}
			id, err = w.client.ImportMessage(t.Context(), m)
			if n == 1 {
				return 0, fault.New(fault.Network, "the answer is lost")
			}
			return id, err
		}
		w.Service = service
		report := w.run(s)
		if diff := cmp.Diff(Counts{Messages: 1, Restored: 1}, report.Total); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if got := len(w.history(ref("alice", "bob"))); got != tt.want || service.n != tt.imports {
			t.Errorf("%s: %d imports, and alice has %d messages", name, service.n, got)
		}
		known, _, err := readMap(report.Map)
		w.must(err)
		for _, entry := range known {
			if entry.Step != restored || entry.New != id {
				t.Errorf("%s: the map has %+v, the message is %s", name, entry, id)
			}
		}
	}
}

// TestSentByAnEarlierRun: a run stopped before it knew whether the message was
// stored. The next one finds it, though the service changed its body.
func TestSentByAnEarlierRun(t *testing.T) {
	w := newWorld(t)
	s := w.deletedMessage()
	w.Service = &importer{Service: w.client, do: func(_ int, m roaming.Message) (roaming.MessageID, error) {
		m.Raw, m.Body = nil, map[string]any{"msg": "changed by the service"}
		_, err := w.client.ImportMessage(t.Context(), m)
		w.must(err)
		return 0, fault.New(fault.Bug, "stopped")
	}}
	if _, err := w.Run(t.Context(), s); fault.KindOf(err) != fault.Bug {
		t.Fatal(err)
	}
	w.Service = w.client
	if diff := cmp.Diff(Counts{Messages: 1, Restored: 1}, w.run(s).Total); diff != "" {
		t.Error(diff)
	}
	if n := len(w.history(ref("alice", "bob"))); n != 1 {
		t.Errorf("alice has %d messages", n)
	}
}

// TestRefusedWithASimilarMessageStored: a message that was never sent before is not
// taken for stored because another of the same time and sender is there.
func TestRefusedWithASimilarMessageStored(t *testing.T) {
	w := newWorld(t)
	s := w.deletedMessage()
	w.Service = &importer{Service: w.client, do: func(int, roaming.Message) (roaming.MessageID, error) {
		w.send(text("alice", "bob", "another"), 0)
		return 0, fault.New(fault.Refused, "not this one")
	}}
	if diff := cmp.Diff(Counts{Messages: 1, CannotGoBack: 1}, w.run(s).Total); diff != "" {
		t.Error(diff)
	}
}

// TestFingerprintIgnoresEmptyFields: fields without a value don't distinguish messages
// apart, and all others do.
func TestFingerprintIgnoresEmptyFields(t *testing.T) {
	mark := func(body map[string]any) fingerprint {
		t.Helper()
		f, err := fingerprintOf(roaming.Message{Timestamp: roaming.Millis(epoch), From: "alice", Kind: roaming.Text, Body: body})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	plain := mark(map[string]any{"msg": "hi"})
	if mark(map[string]any{"msg": "hi", "url": "", "size": 0, "thumb": nil, "list": []any{}, "ext": map[string]any{}}) != plain {
		t.Error("empty fields make another message")
	}
	for _, body := range []map[string]any{{"msg": "ho"}, {"msg": "hi", "size": 1}, {}} {
		if mark(body) == plain {
			t.Errorf("%v has the fingerprint of another message", body)
		}
	}
}
