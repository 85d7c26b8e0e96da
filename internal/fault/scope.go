package fault

import "errors"

// Scope says whom an error concerns, where its kind does not tell.
type Scope int

// An error concerns whom its kind says, one conversation of a user alone, one user
// alone, or everybody of the app.
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

// MeetsAll tells whether the same would probably be met for any other user,
// too: the service can't be reached, the credentials are refused, the disk is
// full. The outermost error in err's chain that says so, or says the contrary,
// decides; without one it is no.
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

// MeetsConversation tells whether the service refused one conversation, so that the
// user's others can be read all the same. The outermost scope in err's chain
// decides.
func MeetsConversation(err error) bool {
	for {
		f, ok := errors.AsType[*Error](err)
		switch {
		case !ok:
			return false
		case f.Scope != ByKind:
			return f.Scope == OneConversation
		}
		err = f.Err
	}
}
