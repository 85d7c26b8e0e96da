// Package ledger keeps how far a run over many users has got, in a SQLite file
// of the run's folder: the users and what became of each, the journal of each
// user's deletion, and the files of an export. It survives a killed process
// and a power failure: what a method has done is on disk when it returns.
//
// Ten million users fit: nothing here holds more than a page of them.
package ledger
