package storetest

import (
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// start is the time of the first message: 20 November 2025, 08:00 in Beijing.
func start() time.Time { return time.Date(2025, 11, 20, 0, 0, 0, 0, time.UTC) }

// at is a time so many seconds later.
func at(seconds int) roaming.Time {
	return roaming.Millis(start().Add(time.Duration(seconds) * time.Second).UnixMilli())
}

// text is a text message in the chat of alice and bob.
func text(id string, seconds int, s string) archive.Message {
	m := archive.Message{
		Key: archive.IDKey(id), Time: at(seconds), Conversation: archive.ChatOf("alice", "bob"), From: "alice", To: "bob",
		Kind: roaming.Text, Text: s, Body: map[string]any{"msg": s}, Source: archive.Hourly,
	}
	return withRaw(m)
}

// withRaw gives a message raw bytes that say the same.
func withRaw(m archive.Message) archive.Message {
	m.Raw = fmt.Appendf(nil, `{"msg_id":%q,"text":%q,"body":"%v","source":%d}`, m.Key.ID(), m.Text, m.Body, m.Source)
	return m
}

// read is a message as a user's history has it.
func read(m archive.Message) archive.Message {
	m.Source = archive.Roaming
	return withRaw(m)
}

// ofRun is a batch of a run.
func ofRun(n int, messages ...archive.Message) archive.Batch {
	return archive.Batch{Run: archive.Run{ID: fmt.Sprintf("run-%03d", n), Started: at(n * 86400)}, Messages: messages}
}

func opened(t *testing.T, open Opener) archive.Store {
	t.Helper()
	s := open(t, t.TempDir())
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func mustImport(t testing.TB, s archive.Store, b archive.Batch) archive.Result {
	t.Helper()
	r, err := s.Import(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// wantImport checks what becomes of a batch.
func wantImport(t testing.TB, s archive.Store, b archive.Batch, want archive.Result) {
	t.Helper()
	if diff := cmp.Diff(want, mustImport(t, s, b)); diff != "" {
		t.Errorf("import (-want +got):\n%s", diff)
	}
}

// collect is all of a sequence without an error.
func collect[T any](t testing.TB, seq iter.Seq2[T, error]) (all []T) {
	t.Helper()
	for item, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, item)
	}
	return all
}

// parse reads a query whose times are days of UTC.
func parse(t testing.TB, s string) query.Query {
	t.Helper()
	day := func(s string) (time.Time, error) { return time.Parse(time.DateOnly, s) }
	q, err := query.Parse(s, query.Times{Start: day, End: func(s string) (time.Time, error) {
		d, err := day(s)
		return d.AddDate(0, 0, 1).Add(-time.Millisecond), err
	}})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func everything(q query.Query) archive.Search {
	return archive.Search{Query: q, Span: archive.Everything()}
}

// search is the IDs of the hits, newest first.
func search(t testing.TB, s archive.Store, q string) []string {
	t.Helper()
	return ids(collect(t, s.Search(t.Context(), everything(parse(t, q)))))
}

func ids(messages []archive.Stored) []string {
	all := []string{}
	for i := range messages {
		all = append(all, messages[i].Key.ID())
	}
	return all
}

func wantIDs(t testing.TB, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func wantNotFound(t testing.TB, s archive.Store, key archive.Key) {
	t.Helper()
	if m, err := s.Get(t.Context(), key); fault.KindOf(err) != fault.NotFound {
		t.Errorf("%s: %v, %v", key, m, err)
	}
}

// undamaged checks that a store verifies.
func undamaged(t testing.TB, s archive.Store) {
	t.Helper()
	for _, d := range collect(t, s.Verify(t.Context())) {
		t.Errorf("damage: %s %s", d.Message, d.What)
	}
}
