package bulk

import (
	"context"

	"github.com/roamctl/roamctl/internal/ledger"
)

// ahead is how many pages of a user wait for those of the users before.
const ahead = 2

// slot is a user's place in the order of printing.
type slot[T any] struct {
	owner  ledger.Owner
	pages  chan []T
	result chan ending // one, after the last page
}

// ending is how a user's part ended.
type ending struct {
	result ledger.Result
	err    error
	open   bool // it was given up, and waits for another time
}

func newSlot[T any](o ledger.Owner) *slot[T] {
	return &slot[T]{owner: o, pages: make(chan []T, ahead), result: make(chan ending, 1)}
}

// emit hands on items to be printed when it is the user's turn.
func (s *slot[T]) emit(ctx context.Context, items []T) error {
	if len(items) == 0 {
		return nil
	}
	select {
	case s.pages <- items: // what is there is not lost when ctx has ended
		return nil
	default:
	}
	select {
	case s.pages <- items:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s *slot[T]) end(e ending) {
	close(s.pages)
	s.result <- e
}
