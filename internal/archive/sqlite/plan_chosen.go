package sqlite

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/roamctl/roamctl/internal/archive/query"
)

// maxChosen bounds the indexes' parts that one search reads side by side.
const maxChosen = 100

// chosen is a part of an index in the order of the rows: the messages of one sender
// or of one conversation.
type chosen struct {
	column string
	number int64
}

// choose finds the parts of indexes that have at least all messages that an
// expression takes. ok is false where other messages may be hits, or the parts are
// too many: then all messages are read.
func choose(ctx context.Context, q querier, e query.Expr, depth int) (all []chosen, ok bool, err error) {
	if depth > query.MaxNested {
		return nil, false, nil
	}
	switch e := e.(type) {
	case query.With:
		all, ok, err = choose(ctx, q, query.Or{query.From(e), query.In{ID: e.User}}, depth+1)
	case query.From:
		all, err = chosenBy(ctx, q, "m.sender", namesOf, e.User)
		ok = true
	case query.In:
		all, err = chosenBy(ctx, q, "m.conversation", conversationsOf, e.ID)
		ok = true
	case query.And:
		for _, part := range e {
			if all, ok, err = choose(ctx, q, part, depth+1); ok || err != nil {
				break
			}
		}
	case query.Or:
		ok = len(e) > 0
		for _, part := range e {
			if !ok || err != nil {
				break
			}
			var more []chosen
			more, ok, err = choose(ctx, q, part, depth+1)
			for _, c := range more {
				if !slices.Contains(all, c) {
					all = append(all, c)
				}
			}
			ok = ok && len(all) <= maxChosen
		}
	}
	return all, ok && err == nil && len(all) <= maxChosen, err
}

// chosenBy are the parts of a column's index that a name leads to.
func chosenBy(ctx context.Context, q querier, column, numbers, name string) (all []chosen, err error) {
	err = each(ctx, q, numbers+" LIMIT ?2", []any{strings.ToLower(name), maxChosen + 1}, func(rows *sql.Rows) error {
		c := chosen{column: column}
		err := rows.Scan(&c.number)
		all = append(all, c)
		return err
	})
	return all, err
}
