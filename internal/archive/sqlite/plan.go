package sqlite

import (
	"context"
	"database/sql"
	"strings"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/archive/tokens"
)

// plan is how the candidates of a query are found: at least all messages that
// the query takes.
type plan struct {
	match  string   // of the index of words; "" to read without it
	chosen []chosen // to read instead, side by side; none to read all messages
	where  []string
	args   []any
}

func newPlan(ctx context.Context, q querier, s archive.Search, indexed bool) (plan, error) {
	var p plan
	if indexed {
		words := query.Condition{Phrase: matchOf}
		if match, ok := words.Of(s.Query.Expr); ok {
			p.match = match
		}
	}
	if err := p.narrow(ctx, q, s.Query.Expr); err != nil || p.match != "" {
		return p, err
	}
	all, ok, err := choose(ctx, q, s.Query.Expr, 0)
	switch {
	case ok && len(all) == 0:
		p.where = append(p.where, "0")
	case ok:
		p.chosen = all
	}
	return p, err
}

// narrow adds the conditions that every hit must meet.
func (p *plan) narrow(ctx context.Context, q querier, e query.Expr) error {
	switch e := e.(type) {
	case query.And:
		for _, part := range e {
			if err := p.narrow(ctx, q, part); err != nil {
				return err
			}
		}
	case query.From:
		return p.add(ctx, q, "m.sender", namesOf, e.User)
	case query.To:
		return p.add(ctx, q, "m.recipient", namesOf, e.ID)
	case query.In:
		return p.add(ctx, q, "m.conversation", conversationsOf, e.ID)
	case query.Kind:
		p.where, p.args = append(p.where, "m.kind = ?"), append(p.args, string(e.Kind))
	}
	return nil
}

// The numbers that a name leads to.
const (
	namesOf         = "SELECT id FROM names WHERE folded = ?1"
	conversationsOf = "SELECT id FROM conversations WHERE a IN (" + namesOf + ") UNION SELECT id FROM conversations WHERE b <> 0 AND b IN (" + namesOf + ")"
)

// add adds the condition that a column has one of the numbers that a name leads
// to. Equality lets SQLite read an index in the order of the rows, so one number
// is looked up here.
func (p *plan) add(ctx context.Context, q querier, column, numbers, name string) error {
	var ids []int64
	err := each(ctx, q, numbers+" LIMIT 2", []any{strings.ToLower(name)}, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	switch len(ids) {
	case 0:
		p.where = append(p.where, "0")
	case 1:
		p.where, p.args = append(p.where, column+" = ?"), append(p.args, ids[0])
	default:
		p.where = append(p.where, column+" IN ("+strings.ReplaceAll(numbers, "?1", "?")+")")
		for range strings.Count(numbers, "?1") {
			p.args = append(p.args, strings.ToLower(name))
		}
	}
	return err
}

// sql is the statement that lists the candidates in order.
func (p *plan) sql(s archive.Search, m meta) (string, []any) {
	from, to := m.rowSpan(s.Bounds())
	row, tables, order := "m.row", "messages AS m", "DESC"
	var where []string
	var args []any
	if p.match != "" {
		// CROSS JOIN keeps the order: the index first.
		row, tables = "w.rowid", "words AS w CROSS JOIN messages AS m ON m.row = w.rowid"
		where, args = append(where, "w.words MATCH ?"), append(args, p.match)
	}
	if s.Oldest {
		order = "ASC"
		if s.After != 0 {
			from = max(from, s.After+1)
		}
	} else if s.After != 0 {
		to = min(to, s.After-1)
	}
	where, args = append(where, row+" BETWEEN ? AND ?"), append(args, from, to)
	where, args = append(where, p.where...), append(args, p.args...)
	one := "SELECT " + storedColumns + " FROM " + tables + " WHERE " + strings.Join(where, " AND ")
	if len(p.chosen) == 0 {
		return one + " ORDER BY " + row + " " + order, args
	}
	// Each part is in the order of the rows, so SQLite merges them without sorting.
	var parts []string
	var all []any
	for _, c := range p.chosen {
		parts, all = append(parts, one+" AND "+c.column+" = ?"), append(append(all, args...), c.number)
	}
	return strings.Join(parts, " UNION ALL ") + " ORDER BY 1 " + order, all
}

// matchOf looks for a phrase in the index of words. Tokens have no quotes in them.
func matchOf(p tokens.Phrase) string {
	if len(p.Tokens) > query.MaxTokens {
		p.Tokens, p.Prefix = p.Tokens[:query.MaxTokens], false
	}
	match := `"` + strings.Join(p.Tokens, " ") + `"`
	if p.Prefix {
		match += "*"
	}
	return match
}
