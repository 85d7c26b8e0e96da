package query

import (
	"time"

	"github.com/roamctl/roamctl/internal/archive/tokens"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Query is a query that was read.
type Query struct {
	Source string
	Expr   Expr // nil takes every message
}

// Document is a message as queries see it. Texts and Files are normalised
// (tokens.Normalize).
type Document struct {
	Texts        []string // each text that can be searched; no phrase spans two
	Files        []string // the names of its files
	From, To     string
	ChatType     roaming.ChatType
	Conversation []string // the IDs that its conversation goes by: the group's, or both users'
	Kind         roaming.Kind
	Time         time.Time // zero for none
	Attachment   bool
}

// Match reports whether a query takes a message.
func (q Query) Match(d *Document) bool { return q.Expr == nil || q.Expr.match(d) }

// Terms are the normalised texts that hits can be marked by: those that no -
// stands before.
func (q Query) Terms() []Text { return terms(nil, q.Expr) }

func terms(all []Text, e Expr) []Text {
	switch e := e.(type) {
	case Text:
		all = append(all, e)
	case And:
		for _, part := range e {
			all = terms(all, part)
		}
	case Or:
		for _, part := range e {
			all = terms(all, part)
		}
	}
	return all
}

// Scans reports whether a query has a text that no index finds by its tokens,
// such as sub: or a lone question mark.
func (q Query) Scans() bool {
	for _, t := range q.Terms() {
		if _, ok := tokens.PhraseOf(t.Term); t.Sub || !ok {
			return true
		}
	}
	return false
}
