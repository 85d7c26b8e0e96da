package roaming

import (
	"errors"

	"github.com/roamctl/roamctl/internal/fault"
)

// RefusedError sums up the conversations of a user that the service refused, out of
// so many. It is a fault.Partial, or of the first refusal's kind where the service
// refused all: then the cause may be the user or the credentials.
func RefusedError(user string, refused []error, total int) error {
	switch n := len(refused); {
	case n == 0:
		return nil
	case total == 1:
		return refused[0]
	case n == total:
		first := errors.New(refused[0].Error()) // its scope is one conversation
		return fault.Wrap(fault.KindOf(refused[0]), first, "the service refused all %d conversations of %s, such as", n, user)
	default:
		return fault.Wrap(fault.Partial, refused[0], "the service refused %d of %s's %d conversations", n, user, total).
			WithHint("the others are complete; run the command again to request the refused ones")
	}
}
