package query

import (
	"slices"
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
	case File:
		all = append(all, Text{Term: e.Term})
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

// Scans reports whether a query looks for a text and no index can narrow down
// the messages by it, such as sub: or a lone question mark.
func (q Query) Scans() bool { return len(q.Terms()) > 0 && !indexed(q.Expr) }

// indexed reports whether an index of tokens finds all that an expression takes.
func indexed(e Expr) bool {
	switch e := e.(type) {
	case Text:
		_, ok := tokens.PhraseOf(e.Term)
		return ok && !e.Sub
	case File:
		_, ok := tokens.PhraseOf(e.Term)
		return ok
	case And:
		return slices.ContainsFunc(e, indexed)
	case Or:
		return !slices.ContainsFunc(e, func(part Expr) bool { return !indexed(part) })
	}
	return false
}

// Bounds are the times that all hits of a query are within, as far as after:,
// before: and on: say so; zero for no bound. The end is exclusive.
func (q Query) Bounds() (after, before time.Time) { return bounds(q.Expr) }

func bounds(e Expr) (after, before time.Time) {
	switch e := e.(type) {
	case Time:
		return e.After, e.Before
	case And:
		for _, part := range e {
			a, b := bounds(part)
			if a.After(after) {
				after = a
			}
			if !b.IsZero() && (before.IsZero() || b.Before(before)) {
				before = b
			}
		}
	}
	return after, before
}
