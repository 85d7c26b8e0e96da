package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// tables is everything in a store, row by row.
func tables(t fataler, ctx context.Context, s *Store) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, name := range []string{"users", "conversations", "messages", "views", "cleared", "deleted", "events", "sent", "handed"} {
		all[name] = table(t, ctx, s, name)
	}
	return all
}

func table(t fataler, ctx context.Context, s *Store, name string) (list []string) {
	t.Helper()
	rows, err := s.db.QueryContext(ctx, "SELECT * FROM "+name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
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

// step of a world: some of its messages are appended in bulk.
type step struct {
	join     bool
	user     string
	members  []string
	messages []Message
	flush    bool // a bulk forgets what it knows
}

func drawSteps(t *rapid.T) []step {
	names := rapid.SampledFrom([]string{"a", "b", "C", "d", ""})
	message := rapid.Custom(func(t *rapid.T) Message {
		m := text(rapid.SampledFrom([]ChatType{Chat, Chat, Group, Room}).Draw(t, "type"), names.Draw(t, "from"), "", rapid.Int64Range(1, 99).Draw(t, "ts"))
		m.ID = rapid.OneOf(rapid.Uint64Range(1, 40), rapid.Uint64Range(1<<63, 1<<63+40)).Draw(t, "id")
		switch m.Type {
		case Chat:
			m.To = names.Draw(t, "to")
		case Group:
			m.To = rapid.SampledFrom([]string{"g", "either", ""}).Draw(t, "group")
		case Room:
			m.To = rapid.SampledFrom([]string{"r", "either"}).Draw(t, "room")
		}
		m.Kind = rapid.SampledFrom([]string{"txt", "img", "strange"}).Draw(t, "kind")
		return m
	})
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
		if rapid.IntRange(0, 4).Draw(t, "join") == 0 {
			return step{join: true, user: rapid.SampledFrom([]string{"", "a", "e"}).Draw(t, "owner"), members: []string{"b", "d"}}
		}
		return step{messages: rapid.SliceOfN(message, 0, 12).Draw(t, "messages"), flush: rapid.Bool().Draw(t, "flush")}
	}), 1, 6).Draw(t, "steps")
}

// oneByOne is the ordinary path, with the outcomes that a bulk would report.
func (st step) oneByOne(ctx context.Context, w *Writer) (outcomes []Outcome, err error) {
	if st.join {
		if st.user != "" {
			err = w.Join(ctx, Group, "g", st.user, true)
		}
		for _, m := range st.members {
			err = errors.Join(err, w.Join(ctx, Group, "g", m, false))
		}
		return nil, err
	}
	for _, m := range st.messages {
		_, added, err := w.Append(ctx, m)
		outcomes = append(outcomes, Outcome{added, err})
	}
	return outcomes, nil
}

func (st step) inBulk(ctx context.Context, b *Bulk) ([]Outcome, error) {
	if st.join {
		return nil, b.Join(ctx, "g", st.user, st.members...)
	}
	outcomes, err := b.Append(ctx, st.messages)
	if err == nil && st.flush {
		err = b.flush(ctx)
	}
	return outcomes, err
}

func reasons(outcomes []Outcome) []string {
	var list []string
	for _, o := range outcomes {
		list = append(list, fmt.Sprint(o.Added, o.Err))
	}
	return list
}

// sendAll takes each step by itself, in the ordinary way.
func sendAll(t fataler, ctx context.Context, s *Store, steps []step) (outcomes []string) {
	t.Helper()
	for _, st := range steps {
		err := s.Write(ctx, func(w *Writer) error {
			o, err := st.oneByOne(ctx, w)
			outcomes = append(outcomes, reasons(o)...)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return outcomes
}

// TestBulkIsAppend: what a bulk leaves in the tables is what one message after
// the other would have, whatever was there before.
func TestBulkIsAppend(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		dir, err := os.MkdirTemp("", "bulk")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		slow := openStore(t, ctx, filepath.Join(dir, "slow"), newClock())
		defer func() { _ = slow.Close() }()
		quick := openStore(t, ctx, filepath.Join(dir, "quick"), newClock())
		defer func() { _ = quick.Close() }()

		before, steps := drawSteps(t), drawSteps(t)
		var want, got []string
		sendAll(t, ctx, slow, before)
		sendAll(t, ctx, quick, before)
		want = sendAll(t, ctx, slow, steps)
		err = quick.WriteBulk(ctx, func(b *Bulk) error {
			for _, st := range steps {
				o, err := st.inBulk(ctx, b)
				if got = append(got, reasons(o)...); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Fatal("outcomes: ", diff)
		}
		if diff := gocmp.Diff(tables(t, ctx, slow), tables(t, ctx, quick)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestBulkMany: more messages than a statement takes, conversations too.
func TestBulkMany(t *testing.T) {
	ctx := t.Context()
	s := openStore(t, ctx, t.TempDir(), newClock())
	t.Cleanup(func() { _ = s.Close() })
	const n = 1000
	var list []Message
	for i := range n {
		m := text(Chat, "a", fmt.Sprintf("u%d", i), int64(i+1))
		m.ID = uint64(i + 1)
		list = append(list, m)
	}
	err := s.WriteBulk(ctx, func(b *Bulk) error { _, err := b.Append(ctx, list); return err })
	if err != nil {
		t.Fatal(err)
	}
	page, _, err := s.List(ctx, ListQuery{User: "a", Cap: 100, Limit: n, Mark: -1})
	if err != nil || len(page) != 100 || page[0].Peer != "u999" || page[99].Peer != "u900" {
		t.Errorf("%d conversations on the list: %v", len(page), err)
	}
	all := tables(t, ctx, s)
	if len(all["users"]) != n+1 || len(all["messages"]) != n || len(all["views"]) != 2*n {
		t.Errorf("%d users, %d messages, %d views", len(all["users"]), len(all["messages"]), len(all["views"]))
	}
}

// TestBulkRefuses what it cannot do as Append does it, and keeps nothing of a
// bulk that fails.
func TestBulkRefuses(t *testing.T) {
	ctx := t.Context()
	s := openStore(t, ctx, t.TempDir(), newClock())
	t.Cleanup(func() { _ = s.Close() })
	good := text(Chat, "a", "b", 1)
	good.ID = 1
	live, imported := good, good
	live.ID, live.Live = 2, true
	imported.ID, imported.Imported = 3, true
	for name, m := range map[string]Message{"no ID": text(Chat, "a", "b", 1), "live": live, "imported": imported} {
		err := s.WriteBulk(ctx, func(b *Bulk) error { _, err := b.Append(ctx, []Message{good, m}); return err })
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	err := s.WriteBulk(ctx, func(b *Bulk) error { _, err := b.Append(stopped, []Message{good}); return err })
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if c, err := s.Counts(ctx); err != nil || c != (Counts{}) {
		t.Errorf("%+v is left: %v", c, err)
	}
}
