package sandbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/sandbox/generate"
	"github.com/roamctl/roamctl/internal/sandbox/store"
)

// smallWorld has users with more conversations than a list shows.
func smallWorld() GenerateOptions {
	return GenerateOptions{
		Users: 600, Groups: 20, Messages: 12_000, Seed: 3, Days: 30, End: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC),
	}
}

// tables is everything that a data folder holds but its settings.
func tables(t *testing.T, dir string) map[string][]string {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	all := map[string][]string{}
	for _, name := range []string{"users", "conversations", "messages", "views", "cleared", "deleted", "events", "sent", "handed"} {
		all[name] = table(t, db, name)
	}
	return all
}

func table(t *testing.T, db *sql.DB, name string) (list []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT * FROM "+name)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			to[i] = &values[i]
		}
		if err := rows.Scan(to...); err != nil {
			t.Fatal(err)
		}
		list = append(list, fmt.Sprint(values))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// TestGenerateMatchesSending: a world has the same tables as if each of its messages
// had been sent by itself.
func TestGenerateMatchesSending(t *testing.T) {
	if testing.Short() {
		t.Skip("it fills databases")
	}
	ctx, o := t.Context(), smallWorld()
	world, err := generate.New(o)
	if err != nil {
		t.Fatal(err)
	}
	quick, slow := t.TempDir(), t.TempDir()
	s := open(t, Options{Dir: quick, Now: world.Created})
	got, err := s.Generate(ctx, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := GenerateReport{Users: 600, Groups: 20, Messages: 12_000, Seed: 3, End: o.End}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	s = open(t, Options{Dir: slow, Now: world.Created})
	for _, u := range world.Users() {
		if err := s.CreateUser(ctx, u, ""); err != nil {
			t.Fatal(err)
		}
	}
	for g := range world.Groups() {
		if err := s.Join(ctx, g.ID, g.Members[0], g.Members[1:]...); err != nil {
			t.Fatal(err)
		}
	}
	err = s.store.Write(ctx, func(w *store.Writer) error {
		for m := range world.Messages() {
			if _, added, err := w.AppendOne(ctx, m); err != nil || !added {
				return fmt.Errorf("%d: added: %v, %w", m.ID, added, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	all := tables(t, quick)
	if diff := cmp.Diff(tables(t, slow), all); diff != "" {
		t.Error(diff)
	}
	if len(all["messages"]) != 12_000 || len(all["views"]) < 1000 {
		t.Errorf("%d messages, %d views", len(all["messages"]), len(all["views"]))
	}
}

// TestGenerateTwice: the same world again adds nothing, another one all of its
// messages, and a list shows no more than its cap.
func TestGenerateTwice(t *testing.T) {
	if testing.Short() {
		t.Skip("it fills databases")
	}
	ctx, o := t.Context(), smallWorld()
	dir := t.TempDir()
	s := open(t, Options{Dir: dir})
	var progress []int64
	if _, err := s.Generate(ctx, o, func(n int64) { progress = append(progress, n) }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int64{4096, 8192, 12_000}, progress); diff != "" {
		t.Error(diff)
	}
	before := tables(t, dir)
	again, err := s.Generate(ctx, o, nil)
	if err != nil || again.Messages != 0 || again.Duplicates != o.Messages {
		t.Error(again, err)
	}
	if diff := cmp.Diff(before, tables(t, dir)); diff != "" {
		t.Error(diff)
	}
	o.Seed, o.Messages = o.Seed+1, 50_000
	if other, err := s.Generate(ctx, o, nil); err != nil || other.Messages != o.Messages {
		t.Error(other, err)
	}
	shown, err := s.busiest(ctx)
	if err != nil || shown != 100 {
		t.Errorf("the longest list shows %d conversations: %v", shown, err)
	}
}

// busiest is how many conversations the longest list shows.
func (s *Sandbox) busiest(ctx context.Context) (int, error) {
	most := 0
	users, err := s.store.Users(ctx, 0, 1000)
	for _, u := range users {
		page, _, err := s.store.List(ctx, store.ListQuery{User: u.Name, Cap: 100, Limit: 1000, Mark: -1})
		if err != nil {
			return 0, err
		}
		most = max(most, len(page))
	}
	return most, err
}

// TestGenerateStopped: nothing is left of a world that was not finished.
func TestGenerateStopped(t *testing.T) {
	s := open(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	_, err := s.Generate(ctx, smallWorld(), func(int64) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	o := smallWorld()
	o.Users = 1
	if _, err := s.Generate(t.Context(), o, nil); err == nil || !strings.Contains(err.Error(), "1 users") {
		t.Error(err)
	}
	if i, err := s.Info(t.Context()); err != nil || i.Users != 0 || i.Groups != 0 || i.Messages != 0 {
		t.Errorf("%+v is left: %v", i, err)
	}
}

// BenchmarkGenerate is worlds of few and of many users, a message an op.
func BenchmarkGenerate(b *testing.B) {
	for _, users := range []int{1000, 100_000} {
		b.Run(fmt.Sprintf("users=%d", users), func(b *testing.B) {
			s := open(b, Options{})
			b.ReportAllocs()
			b.ResetTimer()
			got, err := s.Generate(b.Context(), GenerateOptions{
				Users: users, Groups: -1, Messages: int64(b.N), Seed: 1, Days: 30, End: time.Unix(1_800_000_000, 0),
			}, nil)
			if err != nil || got.Messages != int64(b.N) {
				b.Fatal(got, err)
			}
		})
	}
}
