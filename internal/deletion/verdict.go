package deletion

import (
	"errors"

	"github.com/roamctl/roamctl/internal/fault"
)

// Verdict sums a run up: nil when all calls were accepted, fault.Partial when
// only some were, and the first error itself when none was.
func Verdict(accepted, total int, first error) error {
	if first == nil || accepted == 0 {
		return first
	}
	partly := fault.Wrap(fault.Partial, first, "%d of %d calls were accepted", accepted, total)
	if cause, ok := errors.AsType[*fault.Error](first); ok {
		partly.Hint = cause.Hint
	}
	return partly
}
