package store

import (
	"context"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestPagingWhileChanging deletes and sends between the pages: nothing may come
// twice, and nothing that was there throughout may be missed.
func TestPagingWhileChanging(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		dir, err := os.MkdirTemp("", "paging")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		c := newClock()
		s := openStore(t, ctx, dir, c)
		defer func() { _ = s.Close() }()
		var list []Message
		for range rapid.IntRange(1, 40).Draw(t, "messages") {
			m := text(Chat, "a", "b", c.Now().UnixMilli())
			if rapid.Bool().Draw(t, "later") {
				m.Timestamp = c.tick()
			}
			list = append(list, m)
		}
		ids := appendAll(t, ctx, s, list...)
		ab := Ref{User: "a", Peer: "b"}
		q := HistoryQuery{Ref: ab, Down: rapid.Bool().Draw(t, "down"), Limit: rapid.IntRange(1, 50).Draw(t, "page")}
		gone := map[uint64]bool{}
		seen := map[uint64]int{}
		for {
			page, last, err := s.History(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range page {
				seen[m.ID]++
			}
			if last {
				break
			}
			q.Start = &page[len(page)-1].ID
			if rapid.Bool().Draw(t, "delete") {
				// Often the very message that the cursor names.
				id := rapid.SampledFrom(append(slices.Clone(ids), *q.Start)).Draw(t, "id")
				if err := s.DeleteMessages(ctx, ab, []uint64{id}); err != nil {
					t.Fatal(err)
				}
				gone[id] = true
			}
			if len(ids) < 60 && rapid.Bool().Draw(t, "send") {
				ids = append(ids, appendAll(t, ctx, s, text(Chat, "b", "a", c.tick()))...)
				gone[ids[len(ids)-1]] = true // not there throughout
			}
		}
		for _, id := range ids {
			if n := seen[id]; n > 1 || (n == 0 && !gone[id]) {
				t.Fatalf("message %d came %d times", id, n)
			}
		}
	})
}

// TestListWhileMoving has conversations move up between the pages.
func TestListWhileMoving(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		dir, err := os.MkdirTemp("", "list")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		c := newClock()
		s := openStore(t, ctx, dir, c)
		defer func() { _ = s.Close() }()
		var peers []string
		for i := range rapid.IntRange(1, 20).Draw(t, "conversations") {
			peers = append(peers, string(rune('b'+i)))
			appendAll(t, ctx, s, text(Chat, peers[i], "a", c.tick()))
		}
		q := ListQuery{User: "a", Cap: 100, Limit: rapid.IntRange(1, 6).Draw(t, "page"), Mark: -1}
		seen := map[string]int{}
		for {
			page, next, err := s.List(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page {
				seen[e.Peer]++
			}
			if next == nil {
				break
			}
			q.Cursor = next
			if rapid.Bool().Draw(t, "move") {
				appendAll(t, ctx, s, text(Chat, rapid.SampledFrom(peers).Draw(t, "who"), "a", c.tick()))
			}
		}
		for _, p := range peers {
			if seen[p] != 1 {
				t.Fatalf("%s came %d times", p, seen[p])
			}
		}
	})
}
