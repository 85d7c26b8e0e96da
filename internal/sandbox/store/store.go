// Package store keeps the sandbox's users, conversations and messages in
// SQLite. A message is stored once, in the conversation that its participants
// share; what each user deleted, pinned or marked is kept beside it, in views
// and marks that cost the same for a group of two and a group of thousands.
//
// Several processes may have the same folder open at once. Commits are
// written to the log file before a call returns, so they survive the death of
// the process (though not of the machine: synchronous is NORMAL).
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

// openTries bounds the attempts to open a folder that several processes create
// at the same time.
const (
	openTries = 200
	openPause = 10 * time.Millisecond
)

// Store is an open data folder. It is safe for concurrent use.
type Store struct {
	db      *database
	writing chan struct{} // holds one while this process writes
	now     func() time.Time
	changes *changes
	actor   Actor

	files     string        // the folder of uploaded files
	uploading chan struct{} // holds one for each upload in flight
	maxStored int64         // bytes of all files
}

// Open opens the database of a folder and creates both if they do not exist.
// initial returns the settings of a new one, such as its credentials.
func Open(ctx context.Context, dir string, now func() time.Time, initial func() map[string]string) (*Store, error) {
	if err := os.MkdirAll(filepath.Join(dir, FilesName), 0o700); err != nil {
		return nil, fmt.Errorf("creating the sandbox's data folder: %w", err)
	}
	path := filepath.Join(dir, FileName)
	// SQLite gives its log files the mode of the database: create it as private.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the sandbox's data: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("opening the sandbox's data: %w", err)
	}
	db, err := openDB(path, url.Values{
		"_txlock":       {"immediate"},
		"_busy_timeout": {"10000"},
		"_synchronous":  {"NORMAL"},
		"_pragma":       {"cache_size(-8000)", "temp_store(memory)"},
	})
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(max(4, runtime.GOMAXPROCS(0)))
	db.SetMaxIdleConns(max(4, runtime.GOMAXPROCS(0)))
	s := &Store{
		db: &database{DB: db, prepared: map[string]*sql.Stmt{}}, writing: make(chan struct{}, 1), now: now, changes: newChanges(),
		files: filepath.Join(dir, FilesName), uploading: make(chan struct{}, maxUploads), maxStored: maxStored,
	}
	err = s.prepare(ctx, initial)
	if err == nil {
		err = s.sweep(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the sandbox's data in %s: %w", dir, err), db.Close())
	}
	return s, nil
}

// Close closes the database.
func (s *Store) Close() error { return s.db.Close() }

func openDB(path string, query url.Values) (*sql.DB, error) {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), RawQuery: query.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, fmt.Errorf("opening the sandbox's data: %w", err)
	}
	return db, nil
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
		return fmt.Errorf(`its format is version %d, this program's is %d: delete it with "roamctl sandbox reset --data DIR", or use another folder`,
			version, schemaVersion)
	}
	return nil
}

// create creates the tables unless another process did in the meantime.
func (s *Store) create(ctx context.Context, initial func() map[string]string) error {
	// The file keeps WAL mode: only a new one has to be switched.
	if _, err := s.db.ExecContext(ctx, "PRAGMA journal_mode = WAL"); err != nil {
		return err
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // a no-op after a commit
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

// Settings reads the settings table.
func (s *Store) Settings(ctx context.Context) (map[string]string, error) {
	type setting struct{ key, value string }
	list, err := queryAll(ctx, s.db, "reading the sandbox's settings", func(rows *sql.Rows, to *setting) error {
		return rows.Scan(&to.key, &to.value)
	}, "SELECT key, value FROM settings")
	all := map[string]string{}
	for _, v := range list {
		all[v.key] = v.value
	}
	return all, err
}

// Counts is how much a store has.
type Counts struct {
	Users, Groups, Rooms, Messages, Files int64
	FileBytes                             int64
}

// Counts counts users, groups, rooms, messages and the files that are kept. Only live messages can be signals,
// and those have an index.
func (s *Store) Counts(ctx context.Context) (Counts, error) {
	var c Counts
	err := s.db.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM users),
		(SELECT count(*) FROM conversations WHERE kind = 2), (SELECT count(*) FROM conversations WHERE kind = 3),
		(SELECT coalesce(sum(seq), 0) FROM conversations) - (SELECT count(*) FROM messages WHERE origin IS NOT NULL AND flags >= ?),
		(SELECT count(*) FROM files WHERE size >= 0), (`+sumStored+`)`, flagSignal).
		Scan(&c.Users, &c.Groups, &c.Rooms, &c.Messages, &c.Files, &c.FileBytes)
	if err != nil {
		return Counts{}, fmt.Errorf("counting the sandbox's data: %w", err)
	}
	return c, nil
}

// inUseWait is how long InUse waits for a process that is about to end.
const inUseWait = "1000" // ms

// InUse reports whether a process has the database of a folder open, for a
// caller that is about to remove it. SQLite leaves WAL mode only for the one
// connection that has the database open.
func InUse(ctx context.Context, dir string) (inUse bool, err error) {
	path := filepath.Join(dir, FileName)
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		return false, nil // nothing to be in use
	}
	db, err := openDB(path, url.Values{"mode": {"rw"}, "_busy_timeout": {inUseWait}})
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.ExecContext(ctx, "PRAGMA journal_mode = DELETE")
	switch {
	case isBusy(err):
		return true, nil
	case ctx.Err() != nil:
		return false, ctx.Err()
	default:
		return false, nil // nobody uses a database that can't be read
	}
}
