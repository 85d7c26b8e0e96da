package roaming

import "errors"

// Enough is the cause of a context that ends because enough was done: calls
// under way are waited for, and none begins after them. Any other end cuts them
// off.
type Enough struct{ Err error }

// Error says what was enough.
func (e Enough) Error() string { return e.Err.Error() }

// Unwrap is Err.
func (e Enough) Unwrap() error { return e.Err }

// IsEnough tells of an Enough.
func IsEnough(err error) bool {
	_, ok := errors.AsType[Enough](err)
	return ok
}
