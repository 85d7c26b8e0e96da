package store

import (
	"context"
	"database/sql"
)

// begin begins a transaction, all of which write; end ends it and, unless it
// was committed, takes it back. The writers of a process take turns: left to
// SQLite, which has those who wait try again now and then, one of many can be
// passed over for a second.
func (s *Store) begin(ctx context.Context) (tx *sql.Tx, end func(), err error) {
	select {
	case s.writing <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	if tx, err = s.db.BeginTx(ctx, nil); err != nil {
		<-s.writing
		return nil, nil, err
	}
	return tx, func() {
		_ = tx.Rollback() // after a commit it does nothing
		<-s.writing
	}, nil
}
