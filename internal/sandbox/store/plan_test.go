package store

import (
	"strings"
	"testing"
)

// TestPlan: a page comes from the index on (conversation, position), in its
// order, and touches only the messages that it answers with.
func TestPlan(t *testing.T) {
	c := newClock()
	s := openStore(t, t.Context(), t.TempDir(), c)
	t.Cleanup(func() { _ = s.Close() })
	ids := appendAll(t, t.Context(), s, text(Chat, "a", "b", c.tick()), text(Chat, "b", "a", c.tick()))
	ref := Ref{User: "a", Peer: "b"}
	if err := s.DeleteUntil(t.Context(), ref, 5); err != nil {
		t.Fatal(err)
	}
	d, err := s.side(t.Context(), s.db, ref)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []HistoryQuery{
		{Ref: ref},
		{Ref: ref, Start: &ids[1]},
		{Ref: ref, Down: true, Start: &ids[0]},
		{Ref: ref, Start: &ids[1], Since: 1, Until: 1 << 50, Kinds: []string{"txt"}, Senders: []string{"a"}},
	} {
		cond, err := s.visible(t.Context(), s.db, d, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.narrow(t.Context(), cond, q); err != nil {
			t.Fatal(err)
		}
		order := " ORDER BY m.ts DESC, m.id DESC LIMIT 50"
		if q.Down {
			order = " ORDER BY m.ts, m.id LIMIT 50"
		}
		plan := explain(t, s, "SELECT m.id, m.body FROM messages m WHERE "+cond.sql.String()+order, cond.args...)
		all := strings.Join(plan, "; ")
		if !strings.Contains(all, "SEARCH m USING INDEX history (conversation=?") || strings.Contains(all, "TEMP B-TREE") ||
			(q.Start != nil && !strings.Contains(all, "ts>?") && !strings.Contains(all, "ts<?") && !strings.Contains(all, "(ts,id)")) {
			t.Errorf("%+v: %s", q, all)
		}
	}
}

// explain is how SQLite goes about a query.
func explain(t *testing.T, s *Store, query string, args ...any) []string {
	t.Helper()
	rows, err := s.db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, detail)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan
}
