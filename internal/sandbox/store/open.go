package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"modernc.org/sqlite" // also registers the driver
	sqlite3 "modernc.org/sqlite/lib"
)

// FileName is the database's name in the data folder.
const FileName = "sandbox.db"

// openTries bounds how long a new folder is fought over by processes that make
// it at the same time.
const (
	openTries = 200
	openPause = 10 * time.Millisecond
)

// Store is an open data folder. It is safe for concurrent use.
type Store struct {
	db      *sql.DB
	writing chan struct{} // holds one while this process writes
	now     func() time.Time
	changes *changes
	by      Asker
}

// Open opens the database of a folder and makes both if they do not exist. init
// gives the settings of a new one, such as its credentials. now is the clock.
func Open(ctx context.Context, dir string, now func() time.Time, initial func() map[string]string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the sandbox's data folder: %w", err)
	}
	path := filepath.Join(dir, FileName)
	// SQLite gives its log files the mode of the database: make it private first.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the sandbox's data: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("opening the sandbox's data: %w", err)
	}
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return nil, fmt.Errorf("opening the sandbox's data: %w", err)
	}
	db.SetMaxOpenConns(max(4, runtime.GOMAXPROCS(0)))
	db.SetMaxIdleConns(max(4, runtime.GOMAXPROCS(0)))
	s := &Store{db: db, writing: make(chan struct{}, 1), now: now, changes: newChanges()}
	if err := s.prepare(ctx, initial); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the sandbox's data in %s: %w", dir, err), db.Close())
	}
	return s, nil
}

// Close closes the database.
func (s *Store) Close() error { return s.db.Close() }

func dsn(path string) string {
	q := url.Values{
		"_txlock":       {"immediate"},
		"_busy_timeout": {"10000"},
		"_synchronous":  {"NORMAL"},
		"_pragma":       {"cache_size(-8000)", "temp_store(memory)"},
	}
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), RawQuery: q.Encode()}
	return u.String()
}

func (s *Store) prepare(ctx context.Context, initial func() map[string]string) error {
	var version int
	for try := range openTries {
		err := s.db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version)
		if err == nil && version == 0 {
			err = s.create(ctx, initial)
			version = schemaVersion
		}
		if err == nil {
			break
		}
		if !isBusy(err) || try == openTries-1 {
			return err
		}
		select {
		case <-time.After(openPause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if version != schemaVersion {
		return fmt.Errorf(`its format is version %d, this program's is %d: empty it with "roamctl sandbox reset --data DIR", or take another folder`,
			version, schemaVersion)
	}
	return nil
}

// create makes the tables unless another process did in the meantime.
func (s *Store) create(ctx context.Context, initial func() map[string]string) error {
	// WAL is kept in the file: only a new one has to be switched.
	if _, err := s.db.ExecContext(ctx, "PRAGMA journal_mode = WAL"); err != nil {
		return err
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	var version int
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version != 0 {
		return nil
	}
	if _, err := tx.ExecContext(ctx, schema); err != nil {
		return err
	}
	for k, v := range initial() {
		if _, err := tx.ExecContext(ctx, "INSERT INTO settings VALUES(?, ?)", k, v); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func isBusy(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && e.Code()&0xff == sqlite3.SQLITE_BUSY
}

// Settings reads everything in the settings table.
func (s *Store) Settings(ctx context.Context) (map[string]string, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT key, value FROM settings")
	if err != nil {
		return nil, fmt.Errorf("reading the sandbox's settings: %w", err)
	}
	defer func() { _ = rows.Close() }()
	all := map[string]string{}
	for rows.Next() {
		var k, v string
		if err := rows.Scan(&k, &v); err != nil {
			return nil, fmt.Errorf("reading the sandbox's settings: %w", err)
		}
		all[k] = v
	}
	return all, rows.Err()
}

// Counts is how much a store holds.
type Counts struct {
	Users, Groups, Rooms, Messages int64
}

// Counts counts users, groups, rooms and messages.
func (s *Store) Counts(ctx context.Context) (Counts, error) {
	var c Counts
	err := s.db.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM users),
		(SELECT count(*) FROM conversations WHERE kind = 2), (SELECT count(*) FROM conversations WHERE kind = 3),
		(SELECT coalesce(sum(seq), 0) FROM conversations)`).Scan(&c.Users, &c.Groups, &c.Rooms, &c.Messages)
	if err != nil {
		return Counts{}, fmt.Errorf("counting the sandbox's data: %w", err)
	}
	return c, nil
}
