package run

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/roamctl/roamctl/internal/fault"
)

// DB is the SQLite file of a run. It is safe for concurrent use; one process at
// a time writes to it.
type DB struct {
	path string
	db   *sql.DB
	file *os.File // to sync it; closed after db, whose locks end with the first close

	changes chan change
	done    sync.WaitGroup
	closing context.Context //nolint:containedctx // ends the writer, which outlives every call
	close   context.CancelFunc
}

// CreateTemporary creates the database at path, with the tables of an export, or
// opens it. It need not survive the process: nothing waits for the disk. Errors are
// fault.Config.
func CreateTemporary(ctx context.Context, path string) (*DB, error) {
	return open(ctx, path, "OFF", func(d *DB, ctx context.Context) error { return d.create(ctx, schema+exportSchema) })
}

// create creates the database of a run. It is on disk once it and its folder are
// synced after the first commit.
func create(ctx context.Context, path string) (*DB, error) {
	return open(ctx, path, "FULL", func(d *DB, ctx context.Context) error { return d.create(ctx, schema) })
}

// openExisting opens a database that was created whole; fs.ErrNotExist when it was
// not. It leaves one alone that another process is creating.
func openExisting(ctx context.Context, path string) (*DB, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	return open(ctx, path, "FULL", func(*DB, context.Context) error { return fs.ErrNotExist })
}

// open opens a database, and calls create on one that has no tables. With
// synchronous FULL, what is committed is on disk.
func open(ctx context.Context, path, synchronous string, create func(*DB, context.Context) error) (*DB, error) {
	// SQLite gives its log files the mode of the database: make it private first.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, unusable(path, err)
	}
	db, err := sql.Open("sqlite", dsn(path, synchronous))
	if err != nil {
		return nil, unusable(path, errors.Join(err, f.Close()))
	}
	d := &DB{path: path, db: db, file: f, changes: make(chan change, maxBatch)}
	d.closing, d.close = context.WithCancel(context.WithoutCancel(ctx))
	if err := d.prepare(ctx, create); err != nil {
		d.close()
		return nil, errors.Join(unusable(path, err), db.Close(), f.Close())
	}
	d.done.Go(d.write)
	return d, nil
}

// Close closes the database. A second call does nothing.
func (d *DB) Close() error {
	d.close()
	d.done.Wait()
	err := d.db.Close()
	if closed := d.file.Close(); !errors.Is(closed, os.ErrClosed) {
		err = errors.Join(err, closed)
	}
	return unusable(d.path, err)
}

func dsn(path, synchronous string) string {
	q := url.Values{
		"_txlock":       {"immediate"},
		"_busy_timeout": {"10000"},
		"_synchronous":  {synchronous},
		"_pragma":       {"cache_size(-4000)", "temp_store(memory)"},
	}
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), RawQuery: q.Encode()}
	return u.String()
}

func (d *DB) prepare(ctx context.Context, create func(*DB, context.Context) error) error {
	var version int
	if err := d.db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	switch version {
	case schemaVersion:
		return nil
	case 0:
		return create(d, ctx)
	default:
		return fmt.Errorf("its format is version %d, and this version of roamctl reads %d", version, schemaVersion)
	}
}

func (d *DB) transaction(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// query returns an iterator that reads the rows one at a time.
func query[T any](ctx context.Context, d *DB, text string, args []any, scan func(*sql.Rows) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		rows, err := d.db.QueryContext(ctx, text, args...)
		if err != nil {
			yield(zero, unusable(d.path, err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			item, err := scan(rows)
			if err != nil {
				yield(zero, unusable(d.path, err))
				return
			}
			if !yield(item, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(zero, unusable(d.path, err))
		}
	}
}

// unusable wraps an error of the database: a fault.Safety when the file is
// damaged, otherwise a fault.Config.
func unusable(path string, err error) error {
	if _, ok := errors.AsType[*fault.Error](err); ok || err == nil || errors.Is(err, context.Canceled) || errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok && (e.Code()&0xff == sqlite3.SQLITE_CORRUPT || e.Code()&0xff == sqlite3.SQLITE_NOTADB) {
		return fault.Wrap(fault.Safety, err, "the run's file %s is damaged", path).
			WithHint("compare it with a backup of the state folder")
	}
	return fault.Wrap(fault.Config, err, "cannot use the run's file %s", path).
		WithHint("it needs space and write permission in the state folder; then use roamctl runs resume")
}
