// Package fault says what went wrong in terms that a person and a script can
// act on: a kind, a message, a hint. The one table from kind to exit code is
// here; nothing in this package does I/O.
package fault

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

// Kind classes an error by what its reader can do about it.
type Kind string

// The kinds, in the order of their exit codes.
const (
	Bug         Kind = "bug"          // a mistake of ours: exit 1
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

// ExitCode is the process's exit code for the kind; an unknown kind is a bug (1).
func (k Kind) ExitCode() int {
	switch k {
	case Usage:
		return 2
	case Config:
		return 3
	case Auth:
		return 4
	case NotFound:
		return 5
	case Refused:
		return 6
	case RateLimited:
		return 7
	case Partial:
		return 8
	case Network:
		return 9
	case Safety:
		return 10
	case Interrupted:
		return 130
	default:
		return 1
	}
}

// Error is an error with a kind and, where there is one, a way out.
type Error struct {
	Kind    Kind
	Message string // what failed, with which user or conversation
	Hint    string // what to do about it; may be empty
	Scope   Scope  // whom it concerns

	Status       int    // the HTTP status, 0 when none came
	ServiceError string // the service's own "error" word, such as illegal_argument
	RequestID    string // the service's request ID, where it sent one
	// NotDone tells of a change that the service refused, or that never reached
	// it. Without it, a change that failed may have been made.
	NotDone bool

	Err error // the cause; may be nil
}

// Error is the message and, where it adds something, its cause.
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

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// WithHint sets the hint and returns the same error.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// New makes an error without a cause.
func New(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// Wrap puts a kind and a message in front of a cause.
func Wrap(kind Kind, err error, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...), Err: err}
}

// File is Wrap for a file that the user named: a missing one is NotFound,
// whatever the file is for.
func File(kind Kind, err error, format string, args ...any) *Error {
	if errors.Is(err, fs.ErrNotExist) {
		kind = NotFound
	}
	return Wrap(kind, err, format, args...)
}

// HintOf is the hint of the outermost Error in err's chain that has one, "" for none.
func HintOf(err error) string {
	for {
		e, ok := errors.AsType[*Error](err)
		switch {
		case !ok:
			return ""
		case e.Hint != "":
			return e.Hint
		}
		err = e.Err
	}
}

// KindOf is the kind of the outermost Error in err's chain. A cancelled
// context is Interrupted whatever wraps it, an expired one Network, and
// anything else a Bug. KindOf(nil) is "".
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

// ExitCode is the exit code for err: 0 for nil.
func ExitCode(err error) int {
	if err == nil {
		return 0
	}
	return KindOf(err).ExitCode()
}
