package run_test

import (
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

func TestExportsAreKept(t *testing.T) {
	l := fresh(t)
	ctx := t.Context()
	mark := &run.Mark{ID: 1<<64 - 1, Timestamp: roaming.Millis(1763596800919)}
	ref := roaming.Ref{User: "alice", Conversation: "bob", Type: roaming.Chat}
	c := run.Conversation{Ref: ref, Volume: "alice/chat-bob.ndjson", Messages: 2, Unreadable: 1, First: mark, Last: mark, Highest: 1<<64 - 1, Refused: "404"}
	empty := run.Conversation{Ref: roaming.Ref{User: "alice", Conversation: "42", Type: roaming.Group}, Volume: "alice/group-42.ndjson"}
	f := run.File{Path: "alice/chat-bob.ndjson", Volume: c.Volume, Bytes: 10, Content: 20, SHA256: "ab", Records: 3}
	s := run.TempFile{Ref: ref, Volume: c.Volume, Seq: 1, Name: "n", Refused: "403"}
	if err := l.AddTempFile(ctx, s); err != nil {
		t.Fatal(err)
	}
	for _, files := range []iter.Seq2[run.TempFile, error]{l.TempFilesFor(ctx, c.Volume), l.TempFilesOf(ctx, 1)} {
		if diff := cmp.Diff([]run.TempFile{s}, all(t, files)); diff != "" {
			t.Error(diff)
		}
	}
	for _, seq := range []int64{0, 1} {
		if diff := cmp.Diff([]string{c.Volume}, all(t, l.PendingVolumes(ctx, seq))); diff != "" {
			t.Error(diff)
		}
	}
	if n := len(all(t, l.PendingVolumes(ctx, 2))) + len(all(t, l.TempFilesOf(ctx, 2))); n != 0 {
		t.Error("another user has temporary files")
	}
	for range 2 { // doing it again changes nothing
		w := l.Writing(c.Volume)
		for _, c := range []run.Conversation{c, empty} {
			if err := w.Add(ctx, c); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Done(ctx, []run.File{f}); err != nil {
			t.Fatal(err)
		}
	}
	if got := all(t, l.TempFilesFor(ctx, c.Volume)); len(got) != 0 {
		t.Error(got)
	}
	if diff := cmp.Diff([]run.Conversation{c, empty}, all(t, l.Conversations(ctx, "alice"))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]run.File{f}, all(t, l.Files(ctx, c.Volume))); diff != "" {
		t.Error(diff)
	}
}

func TestPagesAreKeptWithTheirCursor(t *testing.T) {
	l := fresh(t)
	ctx := t.Context()
	if v, err := l.Note(ctx, "cursor"); v != "" || err != nil {
		t.Error(v, err)
	}
	for _, next := range []string{"a", "b"} {
		if n, err := l.AddPage(ctx, jobs("u"+next), "cursor", next); n != 1 || err != nil {
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

// Most of a run's file is what only an unfinished export needs.
func TestExportTablesAreDropped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.db")
	l := open(t, path)
	var files []run.File
	var conversations []run.Conversation
	for i := range 5000 {
		name := fmt.Sprintf("user-%d/chat-with-somebody.ndjson.zst", i)
		ref := roaming.Ref{User: fmt.Sprint("user-", i), Conversation: "somebody", Type: roaming.Chat}
		files = append(files, run.File{Path: name, Volume: name, SHA256: name})
		conversations = append(conversations, run.Conversation{Ref: ref, Volume: name})
	}
	if _, err := l.Add(t.Context(), jobs("alice")); err != nil {
		t.Fatal(err)
	}
	if err := l.Load(t.Context(), files, conversations); err != nil {
		t.Fatal(err)
	}
	if err := l.DropExportTables(t.Context()); err != nil {
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
