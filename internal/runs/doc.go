// Package runs keeps the journals of destructive runs: what each intended and
// how far it got, so that one that was killed at any instant can be finished or
// explained. It also keeps runs on the same history apart.
//
// A run is a folder of the store, named by its ID, with a journal of one event
// a line. An event is on disk when Append returns. The lock files beside it die
// with the process that holds them.
package runs
