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
	span   archive.Span
}

// Bounds of what the index is asked. Its parser has bounds of its own; the rest
// of a larger query is left to the rule.
const (
	maxPhrases = 200
	maxNested  = 20
	maxTokens  = 40 // of a phrase
)

func newPlan(ctx context.Context, q querier, s archive.Search, indexed bool) (plan, error) {
	p := plan{span: s.Span}
	if indexed {
		b := matchBuilder{left: maxPhrases}
		if match, ok := b.expr(s.Query.Expr, 0); ok {
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
	case query.Time:
		if !e.After.IsZero() {
			p.span.From = max(p.span.From, e.After.UnixMilli())
		}
		if !e.Before.IsZero() {
			p.span.To = min(p.span.To, e.Before.UnixMilli())
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
	from, to := m.rowSpan(p.span)
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

// matchBuilder writes an expression of the index.
type matchBuilder struct{ left int }

// expr is not ok where the index can't find all that an expression takes.
func (b *matchBuilder) expr(e query.Expr, depth int) (match string, ok bool) {
	if depth > maxNested {
		return "", false
	}
	switch e := e.(type) {
	case query.Text:
		if e.Sub {
			return "", false
		}
		return b.phrase(e.Term)
	case query.File:
		return b.phrase(e.Term)
	case query.And:
		parts := b.parts(e, depth)
		return "(" + strings.Join(parts, " AND ") + ")", len(parts) > 0
	case query.Or:
		parts := b.parts(e, depth)
		return "(" + strings.Join(parts, " OR ") + ")", len(parts) == len(e)
	}
	return "", false
}

func (b *matchBuilder) parts(all []query.Expr, depth int) (parts []string) {
	for _, e := range all {
		if match, ok := b.expr(e, depth+1); ok {
			parts = append(parts, match)
		}
	}
	return parts
}

// phrase is the phrase of a term. Tokens have no quotes in them.
func (b *matchBuilder) phrase(term string) (string, bool) {
	p, ok := tokens.PhraseOf(term)
	b.left--
	if !ok || b.left < 0 {
		return "", false
	}
	if len(p.Tokens) > maxTokens {
		p.Tokens, p.Prefix = p.Tokens[:maxTokens], false
	}
	match := `"` + strings.Join(p.Tokens, " ") + `"`
	if p.Prefix {
		match += "*"
	}
	return match, true
}
