package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/roamctl/roamctl/internal/fault"
)

// DamageError says where a backup is not what was written: changed, missing,
// added or unreadable. It comes inside a fault.Safety.
type DamageError struct {
	Backup  string // the path of the folder or archive
	File    string // the file in it; "" for an archive as such
	Line    int    // from 1; 0 when it is not about one line
	Problem string
}

// Error names the file and, where there is one, the line.
func (e *DamageError) Error() string {
	where := e.File
	if where == "" {
		where = "the archive"
	}
	if e.Line > 0 {
		where = fmt.Sprintf("%s, line %d", where, e.Line)
	}
	return fmt.Sprintf("backup %s: %s: %s", e.Backup, where, e.Problem)
}

// damaged makes a DamageError of err's words.
func damaged(path, file string, line int, err error) error {
	return fault.Wrap(fault.Safety, &DamageError{Backup: path, File: file, Line: line, Problem: err.Error()}, "").
		WithHint("don't rely on it; an archive of it or another copy may be whole: roamctl backup verify PATH")
}

// unreadable is why a file can't be read, as a DamageError that names it. What
// ended because ctx did, or says itself where the damage is, stays as it is.
func unreadable(path, file string, err error) error {
	_, known := errors.AsType[*DamageError](err)
	switch bad, _ := errors.AsType[*lineError](err); {
	case known, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, fs.ErrNotExist):
		return damaged(path, file, 0, errors.New("it is missing"))
	case bad != nil:
		return damaged(path, file, bad.line, bad.err)
	default:
		return damaged(path, file, 0, err)
	}
}
