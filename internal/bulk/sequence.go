package bulk

import (
	"context"
	"sync"

	"github.com/roamctl/roamctl/internal/ledger"
)

// ahead is how many pages of the user whose turn it is wait to be printed.
const ahead = 2

// slot is a user's place in the order of printing. One goroutine puts pages in
// it, one takes them out.
type slot[T any] struct {
	user ledger.User
	kept *backlog[T]

	mu      sync.Mutex
	turn    bool
	pages   [][]T
	further []place // behind pages
	end     *ending
	news    chan struct{} // holds one when there is something to take out
	room    chan struct{} // holds one when there is room for a page
}

// ending is how a user's part ended.
type ending struct {
	result ledger.Result
	err    error
	open   bool // it was given up, and waits for another time

	printed int // items of one that failed
}

func newSlot[T any](o ledger.User, kept *backlog[T]) *slot[T] {
	return &slot[T]{user: o, kept: kept, news: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

// emit hands on items to be printed when it is the user's turn. Out of turn it
// does not wait.
func (s *slot[T]) emit(ctx context.Context, items []T) error {
	if len(items) == 0 {
		return nil
	}
	for {
		taken, err := s.put(items)
		if taken || err != nil { // what is there is not lost when ctx has ended
			return err
		}
		select {
		case <-s.room:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (s *slot[T]) put(items []T) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	full := len(s.further) > 0 || s.turn && len(s.pages) >= ahead
	switch {
	case !full && s.kept.hold(items, s.turn):
		s.pages = append(s.pages, items)
	case s.turn:
		return false, nil
	default:
		at, err := s.kept.write(items)
		if err != nil {
			return false, Fatal(err)
		}
		s.further = append(s.further, at)
	}
	wake(s.news)
	return true, nil
}

func (s *slot[T]) finish(e ending) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end = &e
	wake(s.news)
}

// take is the next page, or, with none left, how it all ended.
func (s *slot[T]) take() ([]T, *ending, error) {
	for {
		page, end, err := s.next()
		if page != nil || end != nil || err != nil {
			return page, end, err
		}
		<-s.news
	}
}

func (s *slot[T]) next() ([]T, *ending, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn = true
	if len(s.pages) > 0 {
		page := s.pages[0]
		s.pages = s.pages[1:]
		s.kept.release(page)
		wake(s.room)
		return page, nil, nil
	}
	if len(s.further) > 0 {
		at := s.further[0]
		s.further = s.further[1:]
		wake(s.room)
		page, err := s.kept.read(at)
		return page, nil, err
	}
	return nil, s.end, nil
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
