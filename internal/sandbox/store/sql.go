package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
)

// querier is a database or a transaction.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// maxPrepared bounds the texts of queries that stay prepared.
const maxPrepared = 100

// database keeps its queries prepared. To prepare one takes longer than to run it.
type database struct {
	*sql.DB
	mu       sync.Mutex
	prepared map[string]*sql.Stmt // closed with the database
}

// QueryContext runs a query.
func (d *database) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if stmt := d.prepare(ctx, query); stmt != nil { //nolint:sqlclosecheck // the database closes it
		return stmt.QueryContext(ctx, args...)
	}
	return d.DB.QueryContext(ctx, query, args...)
}

// QueryRowContext runs a query for a row.
func (d *database) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if stmt := d.prepare(ctx, query); stmt != nil { //nolint:sqlclosecheck // the database closes it
		return stmt.QueryRowContext(ctx, args...)
	}
	return d.DB.QueryRowContext(ctx, query, args...)
}

// prepare returns a prepared query, or nil for one that can't be, or not any more. It
// waits for a connection without the lock: those who have one may need the lock.
func (d *database) prepare(ctx context.Context, query string) *sql.Stmt {
	d.mu.Lock()
	stmt, full := d.prepared[query], len(d.prepared) >= maxPrepared
	d.mu.Unlock()
	if stmt != nil || full {
		return stmt
	}
	stmt, err := d.PrepareContext(ctx, query)
	if err != nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if other := d.prepared[query]; other != nil {
		_ = stmt.Close() //nolint:sqlclosecheck // the other one is kept
		return other
	}
	d.prepared[query] = stmt
	return stmt
}

// queryAll runs a query and scans each of its rows. An error begins with what.
func queryAll[T any](ctx context.Context, q querier, what string, scan func(*sql.Rows, *T) error, query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	defer func() { _ = rows.Close() }()
	var list []T
	for rows.Next() {
		var v T
		if err := scan(rows, &v); err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		list = append(list, v)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return list, nil
}

// update runs fn in a transaction, commits it, and wakes those who wait for
// events. The writers of a process take turns: SQLite has a waiting writer try
// again now and then, and one of many can starve for a second.
func (s *Store) update(ctx context.Context, fn func(tx *sql.Tx) error) error {
	select {
	case s.writing <- struct{}{}:
		defer func() { <-s.writing }()
	case <-ctx.Done():
		return fmt.Errorf("writing the sandbox's data: %w", ctx.Err())
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("writing the sandbox's data: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // a no-op after a commit
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("writing the sandbox's data: %w", err)
	}
	s.changes.broadcast()
	return nil
}

// execAll runs statements with the same arguments.
func execAll(ctx context.Context, tx *sql.Tx, queries []string, args ...any) error {
	for _, q := range queries {
		if _, err := tx.ExecContext(ctx, q, args...); err != nil {
			return err
		}
	}
	return nil
}

// condition is the text of a WHERE clause with its arguments.
type condition struct {
	sql  strings.Builder
	args []any
}

func (c *condition) and(sql string, args ...any) {
	c.sql.WriteString(" AND ")
	c.sql.WriteString(sql)
	c.args = append(c.args, args...)
}

// in adds column IN (...), unless there are no values.
func in[T any](c *condition, column string, values []T) {
	if len(values) == 0 {
		return
	}
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	c.and(column+" IN ("+placeholders(len(values))+")", args...)
}

func placeholders(n int) string { return "?" + strings.Repeat(",?", n-1) }
