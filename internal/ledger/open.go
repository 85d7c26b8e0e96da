package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	_ "modernc.org/sqlite" // registers the driver

	"github.com/roamctl/roamctl/internal/fault"
)

// fileName is the ledger's name in a run's folder.
const fileName = "ledger.db"

// Path is where the ledger of a run's folder is.
func Path(dir string) string { return filepath.Join(dir, fileName) }

// Ledger is an open ledger. It is safe for concurrent use; one process at a
// time has it open to write.
type Ledger struct {
	path string
	db   *sql.DB

	changes chan change
	done    sync.WaitGroup
	closing context.Context //nolint:containedctx // ends the writer, which outlives every call
	close   context.CancelFunc
}

const schemaVersion = 3

// conversationTable are the columns of conversations that are written, and of
// those whose volume is being written.
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
CREATE TABLE users(
	seq INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	state TEXT NOT NULL DEFAULT 'pending',
	kind TEXT NOT NULL DEFAULT '',
	error TEXT NOT NULL DEFAULT '',
	conversations INTEGER NOT NULL DEFAULT 0,
	messages INTEGER NOT NULL DEFAULT 0,
	spec BLOB
);
CREATE INDEX unfinished ON users(state, seq) WHERE state <> 'done';
CREATE TABLE events(
	user INTEGER NOT NULL,
	number INTEGER NOT NULL,
	time INTEGER NOT NULL,
	kind TEXT NOT NULL,
	data BLOB NOT NULL,
	PRIMARY KEY(user, number)
) WITHOUT ROWID;
CREATE TABLE asides(number INTEGER PRIMARY KEY, place TEXT NOT NULL, reason TEXT NOT NULL);
CREATE TABLE notes(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE conversations(` + conversationTable + `
	PRIMARY KEY(user, type, conversation)
) WITHOUT ROWID;
CREATE TABLE staged(` + conversationTable + `
	PRIMARY KEY(volume, user, type, conversation)
) WITHOUT ROWID;
CREATE TABLE spools(
	volume TEXT NOT NULL, seq INTEGER NOT NULL, type TEXT NOT NULL, conversation TEXT NOT NULL,
	user TEXT NOT NULL, name TEXT NOT NULL, refused TEXT NOT NULL,
	PRIMARY KEY(volume, seq, type, conversation)
) WITHOUT ROWID;
CREATE INDEX spooled ON spools(seq);
CREATE TABLE files(
	path TEXT PRIMARY KEY,
	volume TEXT NOT NULL, part INTEGER NOT NULL,
	bytes INTEGER NOT NULL, content INTEGER NOT NULL, sha256 TEXT NOT NULL, records INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX parts ON files(volume, part);
PRAGMA user_version = 3;
`

// Open opens a ledger, and makes it where there is none. Errors are
// fault.Config.
func Open(ctx context.Context, path string) (*Ledger, error) { return open(ctx, path, "FULL") }

// OpenOf opens the ledger of a run's folder, which must be there: a
// fault.Safety when it is not.
func OpenOf(ctx context.Context, dir string) (*Ledger, error) {
	if !Exists(dir) {
		return nil, fault.New(fault.Safety, "the run's ledger %s is gone, and with it what became of its users", Path(dir)).
			WithHint("put it back, or start the command again")
	}
	return Open(ctx, Path(dir))
}

// OpenTemporary is Open for what need not survive the process: nothing waits
// for the disk.
func OpenTemporary(ctx context.Context, path string) (*Ledger, error) { return open(ctx, path, "OFF") }

// open opens a ledger that waits for the disk so much: with FULL, what was
// journalled before a call is on disk before the call.
func open(ctx context.Context, path, synchronous string) (*Ledger, error) {
	// SQLite gives its log files the mode of the database: make it private first.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return nil, broken(path, err)
	}
	db, err := sql.Open("sqlite", dsn(path, synchronous))
	if err != nil {
		return nil, broken(path, err)
	}
	l := &Ledger{path: path, db: db, changes: make(chan change, maxBatch)}
	l.closing, l.close = context.WithCancel(context.WithoutCancel(ctx))
	if err := l.prepare(ctx); err != nil {
		l.close()
		return nil, errors.Join(broken(path, err), db.Close())
	}
	l.done.Go(l.write)
	return l, nil
}

// Shrink takes out what only an export needs that goes on: which conversations
// and files there are is in its manifest.
func (l *Ledger) Shrink(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	err := l.commit(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM conversations; DELETE FROM staged; DELETE FROM spools; DELETE FROM files")
		return err
	})
	if err != nil {
		return err
	}
	_, err = l.db.ExecContext(ctx, "PRAGMA incremental_vacuum")
	return broken(l.path, err)
}

// Exists tells whether there is a ledger in a run's folder.
func Exists(dir string) bool {
	_, err := os.Stat(Path(dir))
	return err == nil
}

// Close ends the use of the ledger.
func (l *Ledger) Close() error {
	l.close()
	l.done.Wait()
	if err := l.db.Close(); err != nil {
		return broken(l.path, err)
	}
	return nil
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

func (l *Ledger) prepare(ctx context.Context) error {
	var version int
	if err := l.db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	switch version {
	case schemaVersion:
		return nil
	case 0:
		// Shrink gives the room back without writing what stays once more.
		if _, err := l.db.ExecContext(ctx, "PRAGMA auto_vacuum = incremental; PRAGMA journal_mode = WAL"); err != nil {
			return err
		}
		return l.change(ctx, schema)
	default:
		return fmt.Errorf("its format is version %d, and this version reads %d", version, schemaVersion)
	}
}

// change changes the tables.
func (l *Ledger) change(ctx context.Context, statements string) error {
	tx, err := l.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if _, err := tx.ExecContext(ctx, statements); err != nil {
		return err
	}
	return tx.Commit()
}

func broken(path string, err error) error {
	if _, ok := errors.AsType[*fault.Error](err); ok || err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return fault.Wrap(fault.Config, err, "the run's ledger %s can't be used", path).
		WithHint("it needs room and the right to write in the state folder; roamctl runs resume goes on afterwards")
}
