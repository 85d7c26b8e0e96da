package ledger_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/ledger"
	"github.com/roamctl/roamctl/internal/roaming"
)

func open(t testing.TB, path string) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func fresh(t testing.TB) *ledger.Ledger {
	t.Helper()
	return open(t, ledger.Path(t.TempDir()))
}

func users(ids ...string) []ledger.User {
	all := make([]ledger.User, len(ids))
	for i, id := range ids {
		all[i].ID = id
	}
	return all
}

func all[T any](t *testing.T, items iter.Seq2[T, error]) []T {
	t.Helper()
	var list []T
	for item, err := range items {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, item)
	}
	return list
}

func TestUsersAreKeptOnceAndInOrder(t *testing.T) {
	l := fresh(t)
	for _, tt := range []struct {
		ids  []string
		want int
	}{{[]string{"bob", "alice", "bob"}, 2}, {[]string{"alice", "carol"}, 1}, {nil, 0}} {
		if got, err := l.Add(t.Context(), users(tt.ids...)); err != nil || got != tt.want {
			t.Errorf("%v: %d were added, %v; want %d", tt.ids, got, err, tt.want)
		}
	}
	waiting, err := l.Waiting(t.Context(), ledger.Pending, 0, 2)
	if err != nil || len(waiting) != 2 {
		t.Fatal(waiting, err)
	}
	rest, err := l.Waiting(t.Context(), ledger.Pending, waiting[1].Seq, 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range append(waiting, rest...) {
		got = append(got, o.ID)
	}
	if diff := cmp.Diff([]string{"bob", "alice", "carol"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestResultsAndRetry(t *testing.T) {
	path := ledger.Path(t.TempDir())
	l := open(t, path)
	ctx := t.Context()
	if _, err := l.Add(ctx, users("alice", "bob", "carol")); err != nil {
		t.Fatal(err)
	}
	waiting, err := l.Waiting(ctx, ledger.Pending, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	failed := ledger.Result{State: ledger.Failed, Kind: fault.NotFound, Error: "no such user"}
	for i, r := range []ledger.Result{{State: ledger.Done, Conversations: 2, Messages: 30}, failed} {
		if err := l.Finish(ctx, waiting[i], r); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.SetAside(ctx, []ledger.Aside{{Place: "users.txt:3", Reason: "no ID"}}); err != nil {
		t.Fatal(err)
	}
	l = open(t, path) // as another process sees it
	totals, err := l.Totals(ctx)
	want := ledger.Totals{Users: 3, Done: 1, Failed: 1, Pending: 1, Conversations: 2, Messages: 30, SetAside: 1}
	if diff := cmp.Diff(want, totals); diff != "" || err != nil {
		t.Error(err, diff)
	}
	got := all(t, l.Users(ctx, ledger.Failed))
	if diff := cmp.Diff([]ledger.UserResult{{User: waiting[1], Result: failed}}, got); diff != "" {
		t.Error(diff)
	}
	if got := all(t, l.Asides(ctx)); len(got) != 1 || got[0].Place != "users.txt:3" {
		t.Error(got)
	}
	if err := l.Retry(ctx); err != nil {
		t.Fatal(err)
	}
	for state, want := range map[ledger.State]string{ledger.Pending: "carol", ledger.Again: "bob"} {
		if waiting, err := l.Waiting(ctx, state, 0, 10); err != nil || len(waiting) != 1 || waiting[0].ID != want {
			t.Error(state, waiting, err)
		}
	}
	if totals, err := l.Totals(ctx); err != nil || totals.Pending != 2 {
		t.Error(totals, err)
	}
}

func TestJournalsAreApart(t *testing.T) {
	l := fresh(t)
	now := func() roaming.Time { return roaming.Millis(1000) }
	alice, bob := l.Journal("RUN", ledger.User{Seq: 1, ID: "alice"}, now), l.Journal("RUN", ledger.User{Seq: 2, ID: "bob"}, now)
	if alice.ID() != "RUN-000001" {
		t.Error(alice.ID())
	}
	var wg sync.WaitGroup
	for _, j := range []*ledger.Journal{alice, bob} {
		wg.Go(func() {
			for i := range 50 {
				if err := j.Append("sent", i); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for _, j := range []*ledger.Journal{alice, bob} {
		events := all(t, j.Events(t.Context()))
		if len(events) != 50 {
			t.Fatalf("%d events", len(events))
		}
		for i, e := range events {
			if e.Kind != "sent" || string(e.Data) != fmt.Sprint(i) || e.Time != now() {
				t.Errorf("event %d is %+v", i, e)
			}
		}
	}
}

// What was appended is there however the run was given up.
func TestAnEventIsWrittenAlthoughTheRunWasGivenUp(t *testing.T) {
	l := fresh(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stop")
	cancel(stop)
	if _, err := l.Add(ctx, users("alice")); !errors.Is(err, stop) {
		t.Errorf("added after the end: %v", err)
	}
	j := l.Journal("RUN", ledger.User{Seq: 1}, func() roaming.Time { return roaming.Time{} })
	if err := j.Append("answered", nil); err != nil {
		t.Error(err)
	}
}

func TestExportsAreKept(t *testing.T) {
	l := fresh(t)
	ctx := t.Context()
	mark := &ledger.Mark{ID: 1<<64 - 1, Timestamp: roaming.Millis(1763596800919)}
	ref := roaming.Ref{User: "alice", Conversation: "bob", Type: roaming.Chat}
	c := ledger.Conversation{Ref: ref, Volume: "alice/chat-bob.ndjson", Messages: 2, Unreadable: 1, First: mark, Last: mark, Highest: 1<<64 - 1, Refused: "404"}
	empty := ledger.Conversation{Ref: roaming.Ref{User: "alice", Conversation: "42", Type: roaming.Group}, Volume: "alice/group-42.ndjson"}
	f := ledger.File{Path: "alice/chat-bob.ndjson", Volume: c.Volume, Bytes: 10, Content: 20, SHA256: "ab", Records: 3}
	s := ledger.Spool{Ref: ref, Volume: c.Volume, Seq: 1, Name: "n", Refused: "403"}
	if err := l.SetSpooled(ctx, s); err != nil {
		t.Fatal(err)
	}
	for _, spools := range []iter.Seq2[ledger.Spool, error]{l.SpoolsFor(ctx, c.Volume), l.SpoolsOf(ctx, 1)} {
		if diff := cmp.Diff([]ledger.Spool{s}, all(t, spools)); diff != "" {
			t.Error(diff)
		}
	}
	for _, seq := range []int64{0, 1} {
		if diff := cmp.Diff([]string{c.Volume}, all(t, l.SpooledVolumes(ctx, seq))); diff != "" {
			t.Error(diff)
		}
	}
	if n := len(all(t, l.SpooledVolumes(ctx, 2))) + len(all(t, l.SpoolsOf(ctx, 2))); n != 0 {
		t.Error("another user has spools")
	}
	for range 2 { // doing it again changes nothing
		w := l.Writing(c.Volume)
		for _, c := range []ledger.Conversation{c, empty} {
			if err := w.Add(ctx, c); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Done(ctx, []ledger.File{f}); err != nil {
			t.Fatal(err)
		}
	}
	if got := all(t, l.SpoolsFor(ctx, c.Volume)); len(got) != 0 {
		t.Error(got)
	}
	if diff := cmp.Diff([]ledger.Conversation{c, empty}, all(t, l.Conversations(ctx, "alice"))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]ledger.File{f}, all(t, l.Files(ctx, c.Volume))); diff != "" {
		t.Error(diff)
	}
}

// A ledger of another version is refused, and says which one it has.
func TestAnotherVersionIsRefused(t *testing.T) {
	path := ledger.Path(t.TempDir())
	l, err := ledger.Open(t.Context(), path)
	if err := errors.Join(err, l.Close()); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), "PRAGMA user_version = 2")
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	_, err = ledger.Open(t.Context(), path)
	if fault.KindOf(err) != fault.Config || !strings.Contains(err.Error(), "format is version 2") {
		t.Errorf("got %v", err)
	}
}

// What does not fit into memory waits in the ledger, and counts when it is all
// there.
func TestWritingIsOfOnePiece(t *testing.T) {
	l := fresh(t)
	const many = 2500
	add := func(w *ledger.Writing, volume string) {
		for i := range many {
			ref := roaming.Ref{User: "alice", Conversation: fmt.Sprintf("%s-%04d", volume, i), Type: roaming.Chat}
			if err := w.Add(t.Context(), ledger.Conversation{Ref: ref, Volume: volume, Trailing: []string{"a", "b"}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	add(l.Writing("given up"), "given up")
	add(l.Writing("a"), "a")
	w := l.Writing("a")
	add(w, "a")
	if n := len(all(t, l.Conversations(t.Context(), ""))); n != 0 {
		t.Errorf("%d count before they are all there", n)
	}
	if err := w.Done(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	got := all(t, l.Conversations(t.Context(), ""))
	if len(got) != many || got[many-1].Conversation != "a-2499" || len(got[0].Trailing) != 2 {
		t.Errorf("%d: %+v", len(got), got[0])
	}
}

func TestPagesAreKeptWithTheirCursor(t *testing.T) {
	l := fresh(t)
	ctx := t.Context()
	if v, err := l.Note(ctx, "cursor"); v != "" || err != nil {
		t.Error(v, err)
	}
	for _, next := range []string{"a", "b"} {
		if n, err := l.AddPage(ctx, users("u"+next), "cursor", next); n != 1 || err != nil {
			t.Error(n, err)
		}
	}
	if err := l.SetNote(ctx, "other", "x"); err != nil {
		t.Error(err)
	}
	if v, err := l.Note(ctx, "cursor"); v != "b" || err != nil {
		t.Error(v, err)
	}
}

func TestOtherFilesAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(path, []byte("this is no database, and it is long enough to be looked at as one"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Open(t.Context(), path); fault.KindOf(err) != fault.Config {
		t.Error(err)
	}
	if _, err := ledger.Open(t.Context(), filepath.Join(path, "below")); fault.KindOf(err) != fault.Config {
		t.Error(err)
	}
	if ledger.Exists(t.TempDir()) {
		t.Error("a ledger in an empty folder")
	}
}

func TestAClosedLedgerSaysSo(t *testing.T) {
	l, err := ledger.Open(t.Context(), ledger.Path(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Add(t.Context(), users("alice")); fault.KindOf(err) != fault.Config {
		t.Error(err)
	}
}

// BenchmarkJournal appends from many users at once: they share what the disk
// takes for one.
func BenchmarkJournal(b *testing.B) {
	l := fresh(b)
	b.SetParallelism(32)
	var mu sync.Mutex
	seq := int64(0)
	b.RunParallel(func(pb *testing.PB) {
		mu.Lock()
		seq++
		j := l.Journal("RUN", ledger.User{Seq: seq}, func() roaming.Time { return roaming.Time{} })
		mu.Unlock()
		for pb.Next() {
			if err := j.Append("sent", 1); err != nil {
				b.Error(err)
			}
		}
	})
}

// What an export needed to go on is most of its ledger, and goes when it is done.
func TestShrink(t *testing.T) {
	path := ledger.Path(t.TempDir())
	l := open(t, path)
	var files []ledger.File
	var conversations []ledger.Conversation
	for i := range 5000 {
		name := fmt.Sprintf("user-%d/chat-with-somebody.ndjson.zst", i)
		ref := roaming.Ref{User: fmt.Sprint("user-", i), Conversation: "somebody", Type: roaming.Chat}
		files = append(files, ledger.File{Path: name, Volume: name, SHA256: name})
		conversations = append(conversations, ledger.Conversation{Ref: ref, Volume: name})
	}
	if _, err := l.Add(t.Context(), users("alice")); err != nil {
		t.Fatal(err)
	}
	if err := l.Load(t.Context(), files, conversations); err != nil {
		t.Fatal(err)
	}
	if err := l.Shrink(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := l.Totals(t.Context()); err != nil || got.Users != 1 {
		t.Error(got, err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() > 200_000 {
		t.Errorf("%d bytes are left, %v", info.Size(), err)
	}
}

// A digest is of the users in order and of each one's part.
func TestDigestTellsUsersAndPartsApart(t *testing.T) {
	digest := func(users ...ledger.User) string {
		l, err := ledger.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if _, err := l.Add(t.Context(), users); err != nil {
			t.Fatal(err)
		}
		sum, err := l.Digest(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	seen := map[string]int{}
	for i, users := range [][]ledger.User{
		nil,
		{{ID: "a"}},
		{{ID: "b"}},
		{{ID: "a"}, {ID: "b"}},
		{{ID: "b"}, {ID: "a"}},
		{{ID: "a", Spec: []byte("x")}},
		{{ID: "a", Spec: []byte("y")}},
		{{ID: "a 1 x"}},
		{{ID: "a", Spec: []byte("1 x")}},
	} {
		sum := digest(users...)
		if was, ok := seen[sum]; ok {
			t.Errorf("%d and %d have the digest %s", was, i, sum)
		}
		seen[sum] = i
		if again := digest(users...); again != sum {
			t.Errorf("%d: %s, and then %s", i, sum, again)
		}
	}
}
