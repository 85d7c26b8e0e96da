package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
)

// inUseWait is how long a process that is about to end may hold the database.
const inUseWait = "1000" // ms

// InUse reports whether a process has the database of a folder open, for a
// caller that is about to remove it. SQLite leaves its log mode only for one
// that is alone with the database.
func InUse(ctx context.Context, dir string) (inUse bool, err error) {
	path := filepath.Join(dir, FileName)
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		return false, nil // there is nothing that could be in use
	}
	q := url.Values{"mode": {"rw"}, "_busy_timeout": {inUseWait}}
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return false, fmt.Errorf("opening the sandbox's data: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.ExecContext(ctx, "PRAGMA journal_mode = DELETE")
	switch {
	case isBusy(err):
		return true, nil
	case ctx.Err() != nil:
		return false, ctx.Err()
	default:
		return false, nil // a database that can't be read is nobody's
	}
}
