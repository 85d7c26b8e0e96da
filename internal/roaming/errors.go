package roaming

import (
	"errors"
	"fmt"

	"github.com/roamctl/roamctl/internal/fault"
)

// ItemError is an item of a page that cannot be read. The other items are not
// affected.
type ItemError struct {
	Page     int    // the page's number in the listing, from 1
	Position int    // the item's position on the page, from 1
	Raw      string // the undecoded item
	Err      error
	// Listed is true if the page's Items have the item without a part of it.
	Listed bool
}

// Error names the page and the position.
func (e *ItemError) Error() string {
	return fmt.Sprintf("page %d, item %d: %v", e.Page, e.Position, e.Err)
}

// Unwrap returns the cause.
func (e *ItemError) Unwrap() error { return e.Err }

// IsItemError reports whether err concerns one item only, so that the listing continues.
func IsItemError(err error) bool { return is[*ItemError](err) }

// NotSent is the error of a call whose context ended before it was sent: it has
// changed nothing. A deletion with another error may have been carried out.
type NotSent struct{ Err error }

// Error returns Err's text.
func (n NotSent) Error() string { return n.Err.Error() }

// Unwrap returns Err.
func (n NotSent) Unwrap() error { return n.Err }

// IsNotSent reports whether err is a NotSent.
func IsNotSent(err error) bool { return is[NotSent](err) }

// Enough is the cause of a context that ends because enough was done: calls in flight
// finish, and no other begins. Any other end cancels them.
type Enough struct{ Err error }

// Error returns Err's text.
func (e Enough) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e Enough) Unwrap() error { return e.Err }

// IsEnough reports whether err is an Enough.
func IsEnough(err error) bool { return is[Enough](err) }

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// RefusedError returns the error of a user of whose total conversations the service
// refused some. It is a fault.Partial, or of the first refusal's kind if the service
// refused all: then the cause may be the user or the credentials.
func RefusedError(user string, refused []error, total int) error {
	switch n := len(refused); {
	case n == 0:
		return nil
	case total == 1:
		return refused[0]
	case n == total:
		first := errors.New(refused[0].Error()) // without its scope of one conversation
		return fault.Wrap(fault.KindOf(refused[0]), first, "the service refused all %d conversations of %s, such as", n, user)
	default:
		return fault.Wrap(fault.Partial, refused[0], "the service refused %d of %s's %d conversations", n, user, total).
			WithHint("the others are complete; run the command again to request the refused ones")
	}
}
