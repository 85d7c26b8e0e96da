package sqlite

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/archive/storetest"
	"github.com/roamctl/roamctl/internal/archive/tokens"
)

// Hits come in the order of the index that finds them: nothing is sorted, so the
// first fifty cost no more in a large archive.
func TestNothingIsSorted(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "a.db"), Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Import(t.Context(), archive.Batch{Messages: []archive.Message{storetest.Numbered(1, "一"), storetest.Numbered(2, "二")}}); err != nil {
		t.Fatal(err)
	}
	word := query.Text{Term: "一"}
	for uses, e := range map[string]query.Expr{
		"SCAN w VIRTUAL TABLE":         query.And{word, query.From{User: "alice"}, query.Kind{Kind: "txt"}},
		"INDEX messages_sender":        query.From{User: "Alice"},
		"INDEX messages_conversation":  query.And{query.In{ID: "bob"}, query.Not{Expr: word}},
		"USING INTEGER PRIMARY KEY":    query.Or{word, query.Text{Term: "?"}},
		"MERGE (UNION ALL)":            query.With{User: "alice"},
		"conversation=? AND rowid>?":   query.Or{query.With{User: "alice"}, query.And{query.In{ID: "g1"}, query.Not{Expr: word}}},
		"messages_sender (sender=? AN": query.And{query.From{User: "alice"}, query.Time{After: storetest.Numbered(1, "").Time.Time}},
	} {
		for _, oldest := range []bool{false, true} {
			search := archive.Search{Query: query.Query{Expr: e}, Span: archive.Everything(), Oldest: oldest}
			p, err := newPlan(t.Context(), s.read, search, true)
			if err != nil {
				t.Fatal(err)
			}
			statement, args := p.sql(search, meta{tokens: tokens.Version()})
			var steps []string
			err = each(t.Context(), s.read, "EXPLAIN QUERY PLAN "+statement, args, func(rows *sql.Rows) error {
				var a, b, c int
				var step string
				err := rows.Scan(&a, &b, &c, &step)
				steps = append(steps, step)
				return err
			})
			if all := strings.Join(steps, "\n"); err != nil || !strings.Contains(all, uses) || strings.Contains(all, "TEMP B-TREE") {
				t.Errorf("%#v: want %s\n%s\n%v", e, uses, all, err)
			}
		}
	}
}
