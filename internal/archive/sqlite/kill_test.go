package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/archive"
)

// killedFolder names the folder that the killed process works in.
const killedFolder = "ROAMCTL_TEST_KILLED_ARCHIVE"

// killBatches is what is imported: in every batch new messages, known ones, an
// edit, a view and a fetch.
func killBatches() (all []archive.Batch) {
	chat := archive.ChatOf("alice", "bob")
	for n := range 40 {
		b := archive.Batch{Run: archive.Run{ID: fmt.Sprintf("run-%03d", n)}}
		span := archive.Span{From: numbered(n*100, "").Time.UnixMilli(), To: numbered(n*100+99, "").Time.UnixMilli()}
		for k := range 100 {
			m := numbered(n*100+k, fmt.Sprintf("第%d批 message %d", n, k))
			b.Messages = append(b.Messages, m)
		}
		if n > 0 {
			b.Messages = append(b.Messages, all[n-1].Messages[:10]...)
			edited := numbered(n*100-50, fmt.Sprintf("改于%d", n))
			edited.Source = archive.Roaming
			b.Messages = append(b.Messages, edited)
		}
		v := archive.View{User: "alice", Conversation: chat, Span: span, Recheck: n%2 == 0}
		for _, m := range b.Messages[:95] {
			v.Keys = append(v.Keys, m.Key)
		}
		b.Views = []archive.View{v}
		b.Fetches = []archive.Fetch{{Span: span, State: archive.Complete, Records: 100}}
		all = append(all, b)
	}
	return all
}

// importAll imports the batches from the first one on, as a sync that starts
// anew does.
func importAll(ctx context.Context, dir string) (err error) {
	s, err := Open(ctx, filepath.Join(dir, "archive.db"), Options{Create: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for _, b := range killBatches() {
		if _, err := s.Import(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// TestKilledProcess is the process that TestKilledWriter kills.
func TestKilledProcess(t *testing.T) {
	dir := os.Getenv(killedFolder)
	if dir == "" {
		t.Skip("TestKilledWriter starts it")
	}
	for {
		if err := importAll(t.Context(), dir); err != nil {
			t.Fatal(err)
		}
	}
}

// A writer that is killed at any moment leaves an archive that, once the work is
// done, equals an undisturbed one.
func TestKilledWriter(t *testing.T) {
	kills := 4
	if os.Getenv("ROAMCTL_TEST_KILLS") == "all" {
		kills = 100
	}
	dir, undisturbed := t.TempDir(), t.TempDir()
	for range kills {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(20+rand.IntN(600))*time.Millisecond)
		cmd := exec.CommandContext(ctx, os.Args[0], "-test.run", "^TestKilledProcess$")
		cmd.Env = append(os.Environ(), killedFolder+"="+dir)
		out, err := cmd.CombinedOutput()
		if ctx.Err() == nil {
			t.Fatalf("it ended by itself: %v\n%s", err, out)
		}
		cancel()
	}
	if err := importAll(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if err := importAll(t.Context(), undisturbed); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(dump(t, undisturbed), dump(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%.3000s", diff)
	}
}

// dump is what an archive holds.
func dump(t *testing.T, dir string) (all []string) {
	t.Helper()
	s := openIn(t, dir)
	defer s.Close()
	for d, err := range s.Verify(t.Context()) {
		t.Errorf("%s %s, %v", d.Message, d.What, err)
	}
	for m, err := range s.Search(t.Context(), archive.Search{Span: archive.Everything(), Raw: true}) {
		if err != nil {
			t.Fatal(err)
		}
		m.Added = 0 // the number of the batch
		all = append(all, fmt.Sprintf("%+v %s", m, m.Raw))
		for r, err := range s.Revisions(t.Context(), m.Key) {
			all = append(all, fmt.Sprintf("%+v %v", r.Text, err))
		}
	}
	for g, err := range s.Sightings(t.Context(), archive.SightingQuery{User: "alice", Span: archive.Everything()}) {
		all = append(all, fmt.Sprintf("%s %s %v", g.Message, g.State, err))
	}
	for f, err := range s.Fetches(t.Context(), archive.Subject{}, archive.Everything()) {
		all = append(all, fmt.Sprintf("%+v %v", f, err))
	}
	slices.Sort(all)
	return all
}
