// Package userlist reads user IDs from a file: one ID a line, a column of a CSV file,
// or a member of the objects of an NDJSON file. It streams and holds one line or
// record in memory. It reports a bad line with its number and goes on after it. It
// does not remember users: the caller finds duplicates.
package userlist

import (
	"errors"
	"io"
	"iter"

	"github.com/roamctl/roamctl/internal/fault"
)

// Options say what the file is and which users are valid.
type Options struct {
	// Name names the file in errors: its path or "standard input".
	Name string
	// Column is the column of a CSV file, or the member of an NDJSON file's objects,
	// with the user ID; user.id is member id of member user. Without it, the file has
	// one user ID a line.
	Column string
	// Check, if not nil, refuses invalid user IDs, with the reason.
	Check func(id string) error
}

// Entry is a user in the file.
type Entry struct {
	// Line is the number of the line, or of a CSV record's first line, from 1.
	Line int
	// User is the user ID, without the white space around it.
	User string
}

// Read yields the users of a file in order. A bad line yields a *LineError and the
// sequence goes on. Any other error is a fault.Usage about the whole file, such as a
// missing column, and ends it. The sequence can be used once.
//
// With a column, a file whose first byte other than white space is { is NDJSON, and any
// other is CSV with a header. Lines and records are at most 64 KiB, the file 1 GiB.
func Read(r io.Reader, o Options) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		in := newInput(r)
		format, err := open(in, o)
		for err == nil {
			var entry Entry
			entry, err = next(in, format, o)
			bad, isBad := errors.AsType[*LineError](err)
			switch {
			case err == nil:
				if !yield(entry, nil) {
					return
				}
			case isBad:
				if err = nil; !yield(Entry{}, bad) {
					return
				}
			}
		}
		if errors.Is(err, io.EOF) {
			return
		}
		if _, ok := errors.AsType[*fault.Error](err); !ok {
			err = fault.Wrap(fault.Usage, err, "reading users from %s", o.Name)
		}
		yield(Entry{}, err)
	}
}

// format is a format of files.
type format interface {
	// record returns the record ahead with its line ends, without taking it. With a
	// formError it is a part of the record.
	record() (text []byte, err error)
	// id returns the user ID of a record; false for a comment.
	id(text []byte) (id string, found bool, err error)
}

func open(in *input, o Options) (format, error) {
	if o.Column == "" {
		return plain{in}, nil
	}
	if first, found := in.skipSpace(); found && first != '{' {
		return newCSV(in, o)
	}
	return newNDJSON(in, o.Column), nil // of an empty or unreadable file, too
}

// next returns the next user, a *LineError, or the error that ends the file.
func next(in *input, f format, o Options) (Entry, error) {
	for {
		line := in.line
		text, err := f.record()
		if _, malformed := errors.AsType[formError](err); malformed {
			bad := o.bad(line, text, err) // copies the text that skipLine overwrites
			in.skipLine()                 // the lines after it are most likely good records
			return Entry{}, bad
		}
		if err != nil {
			return Entry{}, err
		}
		lines := in.take(text)
		if isBlank(text) {
			continue
		}
		id, found, err := f.id(text)
		if err == nil && !found {
			continue
		}
		if err == nil {
			err = checkText(id)
		}
		if err == nil && o.Check != nil {
			err = o.Check(id)
		}
		if err == nil {
			return Entry{Line: line, User: id}, nil
		}
		return Entry{}, o.bad(line, text, withLastLine(err, line, lines))
	}
}
