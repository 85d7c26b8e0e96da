package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	_ "modernc.org/sqlite" // registers the driver

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/content"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
)

// Options say how to open an archive.
type Options struct {
	Create   bool // make the file when there is none
	ReadOnly bool // open only for reading, beside another writer
}

// Store is an open archive.
type Store struct {
	path   string
	read   *sql.DB
	names  names
	raw    content.Codec
	unlock func() error

	mu sync.Mutex // held while writing
	db *sql.DB    // of the writer, nil when only reading
	w  *writer
}

var _ archive.Store = (*Store)(nil)

// Open opens an archive and brings its schema up to date.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	if _, err := os.Stat(path); err != nil && (!o.Create || o.ReadOnly || !errors.Is(err, fs.ErrNotExist)) {
		return nil, fault.File(fault.Config, err, "cannot open the archive").WithHint("roamctl archive init makes one; --archive names another")
	}
	raw, err := content.NewCodec()
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, raw: raw}
	if !o.ReadOnly {
		if err := s.openWriter(ctx); err != nil {
			return nil, errors.Join(s.wrap(err), s.Close())
		}
	}
	if s.read, err = sql.Open("sqlite", dsn(path, "query_only(1)", "cache_size(-8000)")); err != nil {
		return nil, errors.Join(s.wrap(err), s.Close())
	}
	s.read.SetMaxIdleConns(max(4, runtime.GOMAXPROCS(0)))
	if err := s.checkReadable(ctx); err != nil {
		return nil, errors.Join(s.wrap(err), s.Close())
	}
	return s, nil
}

// openWriter takes the archive's lock, and makes or migrates the file.
func (s *Store) openWriter(ctx context.Context) error {
	if err := fsutil.Folder(filepath.Dir(s.path)); err != nil {
		return err
	}
	unlock, ok, err := fsutil.TryLock(s.path + ".lock")
	if err != nil {
		return err
	}
	if !ok {
		return fault.New(fault.Safety, "another process is writing to the archive %s", s.path).WithHint("wait until it has finished")
	}
	s.unlock = unlock
	// SQLite gives its log files the mode of the database: make it private first.
	f, err := os.OpenFile(s.path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	// SQLite copies the pages that an insert of several messages changes, to be able to
	// undo it alone. From 64 KB on it writes them to a file, unless temp_store is MEMORY.
	if s.db, err = sql.Open("sqlite", dsn(s.path, "cache_size(-32000)", "journal_mode(wal)", "wal_autocheckpoint(8000)", "temp_store(memory)")); err != nil {
		return err
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	s.w = &writer{conn: conn, stmts: map[string]*sql.Stmt{}}
	return migrate(ctx, s.w, steps())
}

// checkReadable refuses a file of another version to a reader.
func (s *Store) checkReadable(ctx context.Context) error {
	var version int
	if err := s.read.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	switch want := len(steps()); {
	case version > want:
		return fault.New(fault.Config, "the archive has format %d; this version of roamctl knows formats up to %d", version, want).
			WithHint("use the newer roamctl that wrote it")
	case version < want:
		return fault.New(fault.Config, "the archive %s has format %d, not %d", s.path, version, want).
			WithHint("roamctl archive init brings it up to date")
	}
	return nil
}

// Close closes the archive.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	if s.read != nil {
		errs = append(errs, s.read.Close())
	}
	if s.w != nil {
		errs = append(errs, s.w.close())
		s.w = nil
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if s.unlock != nil {
		errs = append(errs, s.unlock())
		s.unlock = nil
	}
	return s.wrap(errors.Join(errs...))
}

// dsn is the data source of a file. The driver quotes nothing in a path.
func dsn(path string, pragmas ...string) string {
	q := url.Values{
		"_busy_timeout": {"10000"},
		"_synchronous":  {"NORMAL"},
		"_pragma":       pragmas,
	}
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), RawQuery: q.Encode()}
	return u.String()
}

// writing runs fn with the writer, alone.
func (s *Store) writing(ctx context.Context, fn func(w *writer) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.w == nil {
		return fault.New(fault.Bug, "the archive %s is open to read only, or closed", s.path)
	}
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	return s.wrap(fn(s.w))
}
