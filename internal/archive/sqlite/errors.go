package sqlite

import (
	"context"
	"errors"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/roamctl/roamctl/internal/fault"
)

// wrap says which archive an error is about, and what helps.
func (s *Store) wrap(err error) error {
	if _, ok := errors.AsType[*fault.Error](err); ok || err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	f := fault.Wrap(fault.Config, err, "cannot use the archive %s", s.path).WithScope(fault.WholeApp)
	switch code(err) {
	case lib.SQLITE_FULL, lib.SQLITE_IOERR:
		return f.WithHint("make room on its disk, then run the command again; what was committed is safe")
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		return fault.Wrap(fault.Safety, err, "the archive %s is damaged, or no archive", s.path).WithScope(fault.WholeApp).
			WithHint("restore the file from a copy, or import and sync again into a new one")
	case lib.SQLITE_BUSY:
		return f.WithHint("another program holds it; close that one, then run the command again")
	}
	return f.WithHint("the file needs to be readable and, to sync or import, writable")
}

// code is the primary code of an error of SQLite's, or 0.
func code(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() & 0xff
	}
	return 0
}
