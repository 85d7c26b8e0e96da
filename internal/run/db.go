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

const schemaVersion = 4

// conversationTable are the columns of the table of conversations that are in
// files, and of the table of those whose file is being written.
const conversationTable = `
	user TEXT NOT NULL, type TEXT NOT NULL, conversation TEXT NOT NULL,
	volume TEXT NOT NULL,
	messages INTEGER NOT NULL, unreadable INTEGER NOT NULL,
	first_id TEXT NOT NULL, first_time INTEGER NOT NULL,
	last_id TEXT NOT NULL, last_time INTEGER NOT NULL,
	trailing TEXT NOT NULL,
	highest TEXT NOT NULL,
	refused TEXT NOT NULL,`

const schema = `
CREATE TABLE jobs(
	seq INTEGER PRIMARY KEY,
	user TEXT NOT NULL UNIQUE,
	state TEXT NOT NULL DEFAULT 'pending',
	kind TEXT NOT NULL DEFAULT '',
	error TEXT NOT NULL DEFAULT '',
	conversations INTEGER NOT NULL DEFAULT 0,
	messages INTEGER NOT NULL DEFAULT 0,
	spec BLOB
);
CREATE INDEX unfinished ON jobs(state, seq) WHERE state <> 'done';
CREATE TABLE events(
	job INTEGER NOT NULL,
	number INTEGER NOT NULL,
	time INTEGER NOT NULL,
	kind TEXT NOT NULL,
	data BLOB NOT NULL,
	sum INTEGER NOT NULL,
	PRIMARY KEY(job, number)
) WITHOUT ROWID;
CREATE TABLE skipped_lines(number INTEGER PRIMARY KEY, place TEXT NOT NULL, reason TEXT NOT NULL);
CREATE TABLE notes(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
PRAGMA user_version = 4;
`

// exportSchema has the tables of a run that exports.
const exportSchema = `
CREATE TABLE conversations(` + conversationTable + `
	PRIMARY KEY(user, type, conversation)
) WITHOUT ROWID;
CREATE TABLE staged(` + conversationTable + `
	PRIMARY KEY(volume, user, type, conversation)
) WITHOUT ROWID;
CREATE TABLE temp_files(
	volume TEXT NOT NULL, seq INTEGER NOT NULL, type TEXT NOT NULL, conversation TEXT NOT NULL,
	user TEXT NOT NULL, name TEXT NOT NULL, refused TEXT NOT NULL,
	PRIMARY KEY(volume, seq, type, conversation)
) WITHOUT ROWID;
CREATE INDEX temp_files_of ON temp_files(seq);
CREATE TABLE files(
	path TEXT PRIMARY KEY,
	volume TEXT NOT NULL, part INTEGER NOT NULL,
	bytes INTEGER NOT NULL, content INTEGER NOT NULL, sha256 TEXT NOT NULL, records INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX parts ON files(volume, part);
`

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

// AddExportTables adds the tables of a run that exports.
func (d *DB) AddExportTables(ctx context.Context) error {
	return d.commit(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(context.WithoutCancel(ctx), exportSchema)
		return err
	})
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

// create creates tables, and waits for the disk no sooner than the first commit
// does.
func (d *DB) create(ctx context.Context, tables string) (err error) {
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	var synchronous string
	if err := conn.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&synchronous); err != nil {
		return err
	}
	// Incremental vacuum frees the space of an export's tables without rewriting the
	// rest. A process that is killed here leaves a file with user_version 0, which is
	// ignored. So creating needs no SQLite journal.
	if _, err := conn.ExecContext(ctx, "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; PRAGMA auto_vacuum = incremental"); err != nil {
		return err
	}
	// SQLite keeps the mode, without an error, where it can't have a write-ahead log. A
	// journal in memory does not survive a kill.
	var mode string
	if err := conn.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("its folder does not allow SQLite's write-ahead log (journal mode %s)", mode)
	}
	_, err = conn.ExecContext(ctx, "BEGIN IMMEDIATE;"+tables+"COMMIT; PRAGMA synchronous = "+synchronous)
	return err
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

// DropExportTables deletes the rows that only an unfinished export needs: the
// manifest lists the same conversations and files.
func (d *DB) DropExportTables(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	err := d.commit(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM conversations; DELETE FROM staged; DELETE FROM temp_files; DELETE FROM files")
		return err
	})
	if err != nil {
		return err
	}
	_, err = d.db.ExecContext(ctx, "PRAGMA incremental_vacuum")
	return unusable(d.path, err)
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
