package run

import (
	"context"
	"database/sql"
	"errors"
)

// maxBatch is how many changes share a transaction at most: those that wait while
// one transaction is written to disk share the next.
const maxBatch = 256

// change is something to write, and where its caller waits.
type change struct {
	do   func(tx *sql.Tx) error
	done chan error
}

var errClosed = errors.New("it was closed")

// commit runs fn in a transaction and returns when it is on disk. Cancelling ctx
// does not stop it once it has begun: the caller must know whether it was written.
func (d *DB) commit(ctx context.Context, fn func(tx *sql.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	c := change{do: fn, done: make(chan error, 1)}
	select {
	case d.changes <- c:
	case <-d.closing.Done():
		return unusable(d.path, errClosed)
	}
	select {
	case err := <-c.done:
		return unusable(d.path, err)
	case <-d.closing.Done():
		return unusable(d.path, errClosed)
	}
}

// write writes changes until the database is closed.
func (d *DB) write() {
	for {
		select {
		case first := <-d.changes:
			d.writeBatch(d.nextBatch(first))
		case <-d.closing.Done():
			return
		}
	}
}

// nextBatch returns a change and those that wait behind it.
func (d *DB) nextBatch(first change) []change {
	batch := []change{first}
	for len(batch) < maxBatch {
		select {
		case c := <-d.changes:
			batch = append(batch, c)
		default:
			return batch
		}
	}
	return batch
}

// writeBatch writes changes in one transaction or, when that fails, each in its
// own, so that a change fails only for its own error.
func (d *DB) writeBatch(changes []change) {
	err := d.writeTogether(changes)
	for _, c := range changes {
		if err != nil && len(changes) > 1 {
			c.done <- d.writeTogether([]change{c})
		} else {
			c.done <- err
		}
	}
}

func (d *DB) writeTogether(changes []change) error {
	return d.transaction(d.closing, func(tx *sql.Tx) error {
		for _, c := range changes {
			if err := c.do(tx); err != nil {
				return err
			}
		}
		return nil
	})
}
