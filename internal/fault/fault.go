// Package fault has the errors that people and scripts act on: a kind with its exit
// code, a message, a hint.
package fault

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"slices"
)

// Kind is a class of errors, by what the user can do.
type Kind string

// The kinds, in the order of their exit codes.
const (
	Bug         Kind = "bug"          // of roamctl: exit 1
	Usage       Kind = "usage"        // flags or arguments are wrong: exit 2
	Config      Kind = "config"       // a setting is missing or unusable: exit 3
	Auth        Kind = "auth"         // credentials refused, permission missing: exit 4
	NotFound    Kind = "not_found"    // no such user, conversation, app: exit 5
	Refused     Kind = "refused"      // the service said no: exit 6
	RateLimited Kind = "rate_limited" // still 429 after all retries: exit 7
	Partial     Kind = "partial"      // some of it was done: exit 8
	Network     Kind = "network"      // unreachable, cut off, or a 5xx: exit 9
	Safety      Kind = "safety"       // not confirmed: exit 10
	Interrupted Kind = "interrupted"  // Ctrl-C or SIGTERM: exit 130
)

// ExitCode returns the kind's exit code; 1, a bug's, for an unknown kind.
func (k Kind) ExitCode() int {
	kinds := []Kind{Bug, Usage, Config, Auth, NotFound, Refused, RateLimited, Partial, Network, Safety}
	switch i := slices.Index(kinds, k); {
	case k == Interrupted:
		return 130
	case i < 0:
		return 1
	default:
		return i + 1
	}
}

// Error is an error with a kind and a hint.
type Error struct {
	Kind    Kind
	Message string // what failed, with which user or conversation
	Hint    string // what to do; may be empty
	Scope   Scope  // what it concerns

	Status       int    // the HTTP status; 0 for none
	ServiceError string // the service's "error", such as illegal_argument
	RequestID    string // the service's request ID; "" for none
	// NotDone is true for a change that the service refused or did not receive.
	// Otherwise a failed change may have been made.
	NotDone bool

	Err error // the cause; may be nil
}

// Error returns the message and its cause.
func (e *Error) Error() string {
	switch {
	case e.Err == nil:
		return e.Message
	case e.Message == "":
		return e.Err.Error()
	default:
		return e.Message + ": " + e.Err.Error()
	}
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// WithHint sets the hint and returns the same error.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// New returns an error without a cause.
func New(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// Wrap returns an error with a cause.
func Wrap(kind Kind, err error, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...), Err: err}
}

// File is Wrap for a file that the user named: a missing one is NotFound.
func File(kind Kind, err error, format string, args ...any) *Error {
	if errors.Is(err, fs.ErrNotExist) {
		kind = NotFound
	}
	return Wrap(kind, err, format, args...)
}

// chain yields the Errors in err's chain, the outermost first.
func chain(err error) iter.Seq[*Error] {
	return func(yield func(*Error) bool) {
		for {
			e, ok := errors.AsType[*Error](err)
			if !ok || !yield(e) {
				return
			}
			err = e.Err
		}
	}
}

// HintOf returns the hint of the outermost Error in err's chain that has one; "" for
// none.
func HintOf(err error) string {
	for e := range chain(err) {
		if e.Hint != "" {
			return e.Hint
		}
	}
	return ""
}

// KindOf returns the kind of the outermost Error in err's chain. A cancelled context is
// always Interrupted, an expired one Network, anything else a Bug.
// KindOf(nil) is "".
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	if errors.Is(err, context.Canceled) {
		return Interrupted
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return Network
	}
	return Bug
}

// ExitCode returns the exit code for err; 0 for nil.
func ExitCode(err error) int {
	if err == nil {
		return 0
	}
	return KindOf(err).ExitCode()
}

// Scope is what an error concerns.
type Scope int

// The scopes. The scope of ByKind depends on the kind.
const (
	ByKind Scope = iota
	OneConversation
	OneUser
	WholeApp
)

// WithScope sets the scope and returns the same error.
func (e *Error) WithScope(s Scope) *Error {
	e.Scope = s
	return e
}

// AffectsAllUsers reports whether the error would probably occur for any other user:
// the service cannot be reached, the credentials are refused, the disk is full. The
// outermost Error with a scope or one of these kinds decides.
func AffectsAllUsers(err error) bool {
	for e := range chain(err) {
		switch {
		case e.Scope != ByKind:
			return e.Scope == WholeApp
		case e.Kind == Auth, e.Kind == Network, e.Kind == RateLimited, e.Kind == Config:
			return true
		}
	}
	return false
}

// AffectsOneConversation reports whether the error concerns one conversation, so that
// the user's others can be read. The outermost Error with a scope decides.
func AffectsOneConversation(err error) bool {
	for e := range chain(err) {
		if e.Scope != ByKind {
			return e.Scope == OneConversation
		}
	}
	return false
}
