package ledger

import (
	"context"
	"database/sql"
	"errors"
)

// maxBatch is how many changes share a transaction at most: what waits while
// one is put on disk goes together in the next.
const maxBatch = 256

// change is something to write, and who waits for it.
type change struct {
	do   func(tx *sql.Tx) error
	done chan error
}

var errClosed = errors.New("it was closed")

// commit has a change written and returns when it is on disk. A change that
// was begun is not given up when ctx ends: whether it was written must be known.
func (l *Ledger) commit(ctx context.Context, do func(tx *sql.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	c := change{do: do, done: make(chan error, 1)}
	select {
	case l.changes <- c:
	case <-l.closing.Done():
		return broken(l.path, errClosed)
	}
	select {
	case err := <-c.done:
		return broken(l.path, err)
	case <-l.closing.Done():
		return broken(l.path, errClosed)
	}
}

// write writes changes until the ledger is closed.
func (l *Ledger) write() {
	for {
		select {
		case first := <-l.changes:
			l.batch(l.waiting(first))
		case <-l.closing.Done():
			return
		}
	}
}

// waiting is a change with those that wait behind it.
func (l *Ledger) waiting(first change) []change {
	batch := []change{first}
	for len(batch) < maxBatch {
		select {
		case c := <-l.changes:
			batch = append(batch, c)
		default:
			return batch
		}
	}
	return batch
}

// batch writes changes in one transaction, or, when that fails, each in its
// own, so that none fails for another's sake.
func (l *Ledger) batch(changes []change) {
	err := l.together(changes)
	for _, c := range changes {
		if err != nil && len(changes) > 1 {
			c.done <- l.together([]change{c})
		} else {
			c.done <- err
		}
	}
}

func (l *Ledger) together(changes []change) error {
	tx, err := l.db.BeginTx(l.closing, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	for _, c := range changes {
		if err := c.do(tx); err != nil {
			return err
		}
	}
	return tx.Commit()
}
