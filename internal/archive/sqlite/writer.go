package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"strings"
)

// writer is the one connection that writes. It keeps its statements prepared.
type writer struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
	names nameIDs
	known names // for reading in a transaction that may be rolled back

	viewed viewed
}

// transaction runs fn in a transaction. Cancelling ctx does not stop it once it
// has begun, so that what became of it is known.
func (w *writer) transaction(ctx context.Context, fn func(context.Context) error) (err error) {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	ctx = context.WithoutCancel(ctx)
	if err := w.execOnce(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if err = fn(ctx); err == nil {
		err = w.execOnce(ctx, "COMMIT")
	}
	if err != nil {
		// Some of them may not be in the file.
		w.names, w.known.names, w.known.conversations, w.viewed = nameIDs{}, nil, nil, viewed{}
		// A full disk has rolled back by itself: then there is nothing to roll back.
		_ = w.execOnce(ctx, "ROLLBACK")
	}
	return err
}

// execOnce runs statements that are not worth keeping.
func (w *writer) execOnce(ctx context.Context, statements string) error {
	_, err := w.conn.ExecContext(ctx, statements)
	return err
}

// prepare is the prepared form of a statement.
func (w *writer) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := w.stmts[query]; ok {
		return s, nil
	}
	s, err := w.conn.PrepareContext(ctx, query)
	if err == nil {
		w.stmts[query] = s
	}
	return s, err
}

func (w *writer) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	s, err := w.prepare(ctx, query) //nolint:sqlclosecheck // close closes it
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

// QueryContext makes the writer a querier.
func (w *writer) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s, err := w.prepare(ctx, query) //nolint:sqlclosecheck // close closes it
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

func (w *writer) close() error {
	var errs []error
	for _, s := range w.stmts {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, w.conn.Close())...)
}

func (w *writer) version(ctx context.Context) (version int, err error) {
	err = w.conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version)
	return version, err
}

func (w *writer) setMeta(ctx context.Context, name string, value any) error {
	_, err := w.exec(ctx, "INSERT INTO meta(name, value) VALUES(?, ?) ON CONFLICT(name) DO UPDATE SET value = excluded.value", name, value)
	return err
}

// rowsAtOnce is how many rows an insert statement takes. A statement costs more
// than a row.
const rowsAtOnce = 32

// inserter inserts rows, several at once.
type inserter struct {
	w       *writer
	into    string // INSERT INTO table(columns)
	columns int
	args    []any
}

func (w *writer) inserter(into string, columns int) *inserter {
	return &inserter{w: w, into: into, columns: columns, args: make([]any, 0, columns*rowsAtOnce)}
}

func (i *inserter) add(ctx context.Context, values ...any) error {
	i.args = append(i.args, values...)
	if len(i.args) < i.columns*rowsAtOnce {
		return nil
	}
	return i.send(ctx, rowsAtOnce)
}

// flush inserts what is left.
func (i *inserter) flush(ctx context.Context) error {
	all := i.args
	for len(all) > 0 {
		i.args = all[:i.columns]
		if err := i.send(ctx, 1); err != nil {
			return err
		}
		all = all[i.columns:]
	}
	return nil
}

func (i *inserter) send(ctx context.Context, rows int) error {
	_, err := i.w.exec(ctx, i.into+" VALUES "+repeat("("+repeat("?", i.columns)+")", rows), i.args...)
	i.args = i.args[:0]
	return err
}

// repeat is n times s with commas between.
func repeat(s string, n int) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }
