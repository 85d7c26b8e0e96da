package clickhouse

import (
	"fmt"
	"strings"

	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/archive/tokens"
)

// condition writes the condition that every hit of a query meets. indexed says that
// the tokens are of this program's version.
func (s schema) condition(indexed bool) query.Condition {
	c := query.Condition{Other: fieldSQL}
	if indexed {
		c.Phrase = s.phraseSQL
	}
	return c
}

func fieldSQL(e query.Expr) (sql string, ok bool) {
	switch e := e.(type) {
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

// phraseSQL is the condition that a message has the tokens of a phrase.
func (s schema) phraseSQL(phrase tokens.Phrase) string {
	var parts []string
	all := phrase.Tokens
	if phrase.Prefix {
		last := len(all) - 1
		parts = append(parts, "arrayExists(t -> startsWith(t, "+quote(all[last])+"), tokens)")
		all = all[:last]
	}
	if all = all[:min(len(all), query.MaxTokens)]; len(all) > 0 {
		has := "hasAll"
		if s.TextIndex {
			has = "hasAllTokens"
		}
		parts = append(parts, has+"(tokens, ["+quoteAll(all)+"])")
	}
	return "(" + strings.Join(parts, " AND ") + ")"
}
