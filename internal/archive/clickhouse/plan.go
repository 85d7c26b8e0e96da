package clickhouse

import (
	"fmt"
	"strings"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/archive/tokens"
)

// Bounds of what a condition has. The rest of a larger query is left to the rule.
const (
	maxPhrases = 200
	maxNested  = 20
	maxTokens  = 40 // of a phrase
)

// planner writes the condition that every hit of a query meets.
type planner struct {
	schema  schema
	indexed bool // tokens are of this program's version
	left    int  // phrases
}

// condition is the condition of an expression; ok is false where there is none.
func (p *planner) condition(e query.Expr, depth int) (sql string, ok bool) {
	if depth > maxNested {
		return "", false
	}
	switch e := e.(type) {
	case query.Text:
		if e.Sub {
			return "", false
		}
		return p.phrase(e.Term)
	case query.File:
		return p.phrase(e.Term)
	case query.And:
		parts := p.parts(e, depth)
		return "(" + strings.Join(parts, " AND ") + ")", len(parts) > 0
	case query.Or:
		parts := p.parts(e, depth)
		return "(" + strings.Join(parts, " OR ") + ")", len(parts) == len(e)
	case query.From:
		return orFolded("sender = %s", e.User), true
	case query.To:
		return orFolded("recipient = %s", e.ID), true
	case query.In:
		return orFolded("a = %s OR b = %[1]s", e.ID), true
	case query.With:
		return orFolded("sender = %s OR a = %[1]s OR b = %[1]s", e.User), true
	case query.Kind:
		return "kind = " + quote(column(string(e.Kind))), true
	}
	return "", false
}

// orFolded is a condition on an ID, which messages with IDs in upper case meet in
// any case.
func orFolded(sql, id string) string {
	return "(" + fmt.Sprintf(sql, quote(column(strings.ToLower(id)))) + " OR plain = 0)"
}

func (p *planner) parts(all []query.Expr, depth int) (parts []string) {
	for _, e := range all {
		if sql, ok := p.condition(e, depth+1); ok {
			parts = append(parts, sql)
		}
	}
	return parts
}

// phrase is the condition that a message has the tokens of a term.
func (p *planner) phrase(term string) (string, bool) {
	phrase, ok := tokens.PhraseOf(term)
	p.left--
	if !ok || p.left < 0 || !p.indexed {
		return "", false
	}
	var parts []string
	all := phrase.Tokens
	if phrase.Prefix {
		last := len(all) - 1
		parts = append(parts, "arrayExists(t -> startsWith(t, "+quote(all[last])+"), tokens)")
		all = all[:last]
	}
	if all = all[:min(len(all), maxTokens)]; len(all) > 0 {
		has := "hasAll"
		if p.schema.TextIndex {
			has = "hasAllTokens"
		}
		parts = append(parts, has+"(tokens, ["+quoteAll(all)+"])")
	}
	return "(" + strings.Join(parts, " AND ") + ")", true
}

// spanOf is the part of a span that an expression's times leave.
func spanOf(e query.Expr, span archive.Span) archive.Span {
	switch e := e.(type) {
	case query.And:
		for _, part := range e {
			span = spanOf(part, span)
		}
	case query.Time:
		if !e.After.IsZero() {
			span.From = max(span.From, e.After.UnixMilli())
		}
		if !e.Before.IsZero() {
			span.To = min(span.To, e.Before.UnixMilli())
		}
	}
	return span
}
