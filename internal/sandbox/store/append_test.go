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
	for _, name := range []string{"users", "conversations", "messages", "views", "cleared", "deleted", "events", "sent", "handed", "settings"} {
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

// step joins a group or appends messages.
type step struct {
	join     bool
	user     string
	members  []string
	messages []Message
	flush    bool // the Writer forgets what it has in memory
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
		switch rapid.IntRange(0, 5).Draw(t, "sort") {
		case 0:
			m.Imported, m.ID = true, 0
		case 1:
			m.Live, m.ID, m.Device = true, 0, "phone"
			m.Meta = rapid.Uint64Range(0, 2).Draw(t, "meta")
		}
		return m
	})
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
		if rapid.IntRange(0, 4).Draw(t, "join") == 0 {
			return step{join: true, user: rapid.SampledFrom([]string{"", "a", "e"}).Draw(t, "owner"), members: []string{"b", "d"}}
		}
		return step{messages: rapid.SliceOfN(message, 0, 12).Draw(t, "messages"), flush: rapid.Bool().Draw(t, "flush")}
	}), 1, 6).Draw(t, "steps")
}

// appendSteps does the steps with a Writer and returns the outcomes.
func appendSteps(ctx context.Context, w *Writer, steps ...step) (outcomes []string, err error) {
	for _, st := range steps {
		if st.join {
			err = errors.Join(err, w.Join(ctx, Group, "g", st.user, st.members...))
			continue
		}
		list, appendErr := w.Append(ctx, st.messages...)
		for _, o := range list {
			outcomes = append(outcomes, fmt.Sprint(o.ID, o.Added, o.Err))
		}
		err = errors.Join(err, appendErr)
		if st.flush {
			err = errors.Join(err, w.flush(ctx))
		}
	}
	return outcomes, err
}

// apart gives each message a step of its own.
func apart(steps []step) (all []step) {
	for _, st := range steps {
		if st.join {
			all = append(all, st)
		}
		for _, m := range st.messages {
			all = append(all, step{messages: []Message{m}})
		}
	}
	return all
}

// TestOneTransactionOrMany appends the same messages in one transaction and in
// one for each: tables and outcomes are the same, whatever was there before.
func TestOneTransactionOrMany(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		dir, err := os.MkdirTemp("", "append")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		many := openStore(t, ctx, filepath.Join(dir, "many"), newClock())
		defer func() { _ = many.Close() }()
		one := openStore(t, ctx, filepath.Join(dir, "one"), newClock())
		defer func() { _ = one.Close() }()

		write := func(s *Store, steps ...step) (outcomes []string) {
			err := s.Write(ctx, func(w *Writer) (err error) {
				outcomes, err = appendSteps(ctx, w, steps...)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return outcomes
		}
		before, steps := drawSteps(t), drawSteps(t)
		write(one, before...)
		var want []string
		for i, part := range [][]step{apart(before), apart(steps)} {
			for _, st := range part {
				if got := write(many, st); i == 1 {
					want = append(want, got...)
				}
			}
		}
		if diff := gocmp.Diff(want, write(one, steps...)); diff != "" {
			t.Fatal("outcomes: ", diff)
		}
		if diff := gocmp.Diff(tables(t, ctx, many), tables(t, ctx, one)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestAppendMany appends more messages and conversations than a statement takes.
func TestAppendMany(t *testing.T) {
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
	err := s.Write(ctx, func(w *Writer) error { _, err := w.Append(ctx, list...); return err })
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

// TestAppendKeepsNothing of a transaction that fails or that is cancelled.
func TestAppendKeepsNothing(t *testing.T) {
	ctx := t.Context()
	s := openStore(t, ctx, t.TempDir(), newClock())
	t.Cleanup(func() { _ = s.Close() })
	good := text(Chat, "a", "b", 1)
	failed := errors.New("failed")
	err := s.Write(ctx, func(w *Writer) error {
		_, err := w.Append(ctx, good)
		return errors.Join(err, failed)
	})
	if !errors.Is(err, failed) {
		t.Error(err)
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	err = s.Write(ctx, func(w *Writer) error { _, err := w.Append(stopped, good); return err })
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if c, err := s.Counts(ctx); err != nil || c != (Counts{}) {
		t.Errorf("%+v is left: %v", c, err)
	}
}
