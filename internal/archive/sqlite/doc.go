// Package sqlite keeps an archive in one SQLite file.
//
// A message's row number is its time and a hash of its key, so that the search
// index, which lists row numbers in order, lists messages by time whatever order
// they came in. The index (FTS5, without content) finds candidates by the tokens
// of package tokens; each is held against the query before it is a hit.
//
// One process writes at a time, any number read meanwhile. A batch is one
// transaction: a killed process leaves all of it or nothing.
package sqlite
