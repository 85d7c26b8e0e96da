// Package query is the language by which messages are chosen, wherever they
// are: words, "exact phrases", -not, a OR b, parentheses, and fields such as
// from: and before:. docs/search.md describes it.
//
// Match is its meaning. An index may find candidates in another way, but the
// hits of a query are exactly the messages that Match takes.
package query
