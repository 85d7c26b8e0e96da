package bulk

import (
	"errors"
	"sync"

	"github.com/roamctl/roamctl/internal/fault"
)

// inARow is how many users' failures in a row, for a reason that is not the
// user's, end a run: the credentials are refused, the service can't be reached,
// the disk is full. The users after them wait for another time.
const inARow = 10

// breaker counts such failures.
type breaker struct {
	mu     sync.Mutex
	streak int
}

// heard takes a user's outcome and tells whether to give up.
func (b *breaker) heard(err error) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if fault.MeetsAll(err) {
		b.streak++
	} else {
		b.streak = 0
	}
	return b.streak >= inARow
}

// fatal is an error that every other user would meet, too.
type fatal struct{ error }

// Unwrap is the cause.
func (f fatal) Unwrap() error { return f.error }

// Fatal marks an error of a user's part as one that ends the run.
func Fatal(err error) error {
	if err == nil {
		return nil
	}
	return fatal{err}
}

func isFatal(err error) bool {
	_, ok := errors.AsType[fatal](err)
	return ok
}
