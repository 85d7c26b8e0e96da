package engine

import (
	"errors"
	"sync"

	"github.com/roamctl/roamctl/internal/fault"
)

// maxFailures is how many consecutive failures that are not the users' own end a
// run: the credentials are refused, the service can't be reached, the disk is
// full. The other jobs stay pending.
const maxFailures = 10

// failures counts consecutive failures.
type failures struct {
	mu          sync.Mutex
	consecutive int
}

// add adds a job's error, nil for none, and reports whether to end the run.
func (f *failures) add(err error) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if fault.AffectsAllUsers(err) {
		f.consecutive++
	} else {
		f.consecutive = 0
	}
	return f.consecutive >= maxFailures
}

// tooManyFailures is the error of a run that was stopped after the last of many.
func tooManyFailures(last error) error {
	return fault.Wrap(fault.KindOf(last), last, "stopped after %d consecutive failures", maxFailures).
		WithHint("the remaining users are unchanged: fix the cause, then resume the run")
}

// fatalError is an error that every other job would meet.
type fatalError struct{ error }

// Unwrap returns the cause.
func (f fatalError) Unwrap() error { return f.error }

// Fatal marks the error of a job as one that ends the run.
func Fatal(err error) error {
	if err == nil {
		return nil
	}
	return fatalError{err}
}

func isFatal(err error) bool {
	_, ok := errors.AsType[fatalError](err)
	return ok
}
