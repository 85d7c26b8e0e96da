package query

import (
	"strings"

	"github.com/roamctl/roamctl/internal/archive/tokens"
)

// Bounds of what an index is asked. Match decides on the rest of a larger query.
const (
	maxPhrases = 200
	// MaxNested is how deep expressions are nested.
	MaxNested = 20
	// MaxTokens is how many tokens a phrase has.
	MaxTokens = 40
)

// Condition writes the condition of a store's index that every message meets that a
// query takes. SQL and SQLite's index of words join parts in the same way.
type Condition struct {
	// Phrase, if not nil, writes that a message has a phrase.
	Phrase func(tokens.Phrase) string
	// Other, if not nil, writes an expression that looks for no text. ok is false
	// where there is no condition.
	Other func(Expr) (sql string, ok bool)

	phrases int
}

// Of writes the condition of an expression. ok is false where there is none.
func (c *Condition) Of(e Expr) (sql string, ok bool) { return c.of(e, 0) }

func (c *Condition) of(e Expr, depth int) (string, bool) {
	if depth > MaxNested {
		return "", false
	}
	switch e := e.(type) {
	case Text:
		if e.Sub {
			return "", false
		}
		return c.phrase(e.Term)
	case File:
		return c.phrase(e.Term)
	case And:
		parts := c.parts(e, depth)
		return "(" + strings.Join(parts, " AND ") + ")", len(parts) > 0
	case Or:
		parts := c.parts(e, depth)
		return "(" + strings.Join(parts, " OR ") + ")", len(parts) == len(e)
	}
	if c.Other == nil {
		return "", false
	}
	return c.Other(e)
}

func (c *Condition) parts(all []Expr, depth int) (parts []string) {
	for _, e := range all {
		if sql, ok := c.of(e, depth+1); ok {
			parts = append(parts, sql)
		}
	}
	return parts
}

func (c *Condition) phrase(term string) (string, bool) {
	phrase, ok := tokens.PhraseOf(term)
	c.phrases++
	if !ok || c.phrases > maxPhrases || c.Phrase == nil {
		return "", false
	}
	return c.Phrase(phrase), true
}
