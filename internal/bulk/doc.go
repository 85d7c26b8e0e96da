// Package bulk carries a piece of work out for many users: as many at a time
// as keep the service busy, each user's outcome in the run's ledger, one
// user's failure no other's. What is done for a user is the caller's; this
// package only knows that it may take long, may print something, and may fail.
package bulk
