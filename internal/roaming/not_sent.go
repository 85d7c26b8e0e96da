package roaming

import "errors"

// NotSent is the error of a call whose context ended before it was sent: it has
// changed nothing. A deletion that fails with anything else may have been
// carried out.
type NotSent struct{ Err error }

// Error is Err's.
func (n NotSent) Error() string { return n.Err.Error() }

// Unwrap is Err.
func (n NotSent) Unwrap() error { return n.Err }

// IsNotSent tells of a NotSent.
func IsNotSent(err error) bool {
	_, ok := errors.AsType[NotSent](err)
	return ok
}
