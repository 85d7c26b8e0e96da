package store

import (
	"context"
	"time"
)

// clock is a time that tests move.
type clock struct{ now time.Time }

func newClock() *clock { return &clock{time.UnixMilli(1_800_000_000_000)} }

func (c *clock) Now() time.Time { return c.now }

func (c *clock) tick() int64 {
	c.now = c.now.Add(time.Millisecond)
	return c.now.UnixMilli()
}

type fataler interface {
	Helper()
	Fatal(args ...any)
}

func openStore(t fataler, ctx context.Context, dir string, c *clock) *Store {
	t.Helper()
	s, err := Open(ctx, dir, c.Now, func() map[string]string { return nil })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func text(kind ChatType, from, to string, ts int64) Message {
	return Message{Type: kind, From: from, To: to, Timestamp: ts, Kind: "txt", Body: []byte(`{"bodies":[{"type":"txt","msg":"x"}],"ext":{}}`)}
}

func appendAll(t fataler, ctx context.Context, s *Store, list ...Message) []uint64 {
	t.Helper()
	var ids []uint64
	err := s.Write(ctx, func(w *Writer) error {
		for _, m := range list {
			id, added, err := w.AppendOne(ctx, m)
			if err != nil {
				return err
			}
			if !added {
				t.Fatal("not added", id)
			}
			ids = append(ids, id)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// readAll pages through a history.
func readAll(t fataler, ctx context.Context, s *Store, q HistoryQuery) []uint64 {
	t.Helper()
	var ids []uint64
	for range 10_000 {
		page, last, err := s.History(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page {
			ids = append(ids, m.ID)
		}
		if last {
			return ids
		}
		q.Start = &ids[len(ids)-1]
	}
	t.Fatal("paging does not end")
	return nil
}
