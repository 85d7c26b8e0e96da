package fault

import "errors"

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

// MeetsAll reports whether the error would probably occur for any other user: the
// service cannot be reached, the credentials are refused, the disk is full. The
// outermost Error with a scope or one of these kinds decides.
func MeetsAll(err error) bool {
	for {
		f, ok := errors.AsType[*Error](err)
		switch {
		case !ok:
			return false
		case f.Scope != ByKind:
			return f.Scope == WholeApp
		case f.Kind == Auth, f.Kind == Network, f.Kind == RateLimited, f.Kind == Config:
			return true
		}
		err = f.Err
	}
}

// MeetsConversation reports whether the error concerns one conversation, so that the
// user's others can be read. The outermost Error with a scope decides.
func MeetsConversation(err error) bool {
	for {
		f, ok := errors.AsType[*Error](err)
		if !ok || f.Scope != ByKind {
			return ok && f.Scope == OneConversation
		}
		err = f.Err
	}
}
