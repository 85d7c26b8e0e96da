// Package userlist reads the IDs of users, or of messages, from a file: one a line, a
// column of a CSV file, or a member of the objects of an NDJSON file. It streams and
// holds one line or record in memory. It reports a bad line with its number and
// continues after it. It does not remember IDs: the caller finds duplicates.
package userlist

import (
	"cmp"
	"errors"
	"io"
	"iter"

	"github.com/roamctl/roamctl/internal/fault"
)

// Options say what the file is and which IDs are valid.
type Options struct {
	// Of is whose IDs they are, in errors: "user" or "message"; "" for user. The flag
	// of the column is --users-column or --ids-column.
	Of string
	// Name names the file in errors: its path or "standard input".
	Name string
	// Column is the column of a CSV file, or the member of an NDJSON file's objects,
	// with the ID; user.id is member id of member user. Without it, the file has one ID
	// a line.
	Column string
	// MaxSize is how long the file may be, in bytes; 0 for 1 GiB.
	MaxSize int64
	// Check, if not nil, refuses invalid IDs, with the reason.
	Check func(id string) error
}

func (o Options) of() string { return cmp.Or(o.Of, "user") }

// flag returns the flag that sets Column.
func (o Options) flag() string {
	if o.of() == "user" {
		return "--users-column"
	}
	return "--ids-column"
}

// Entry is an ID in the file.
type Entry struct {
	// Line is the number of the line, or of a CSV record's first line, from 1.
	Line int
	// ID has no white space around it.
	ID string
}

// Read yields the IDs of a file in order. A bad line yields a *LineError and the
// sequence continues. Any other error is a fault.Usage about the whole file, such as a
// missing column, and ends it. The sequence can be used once.
//
// With a column, a file whose first byte other than white space is { is NDJSON, and any
// other is CSV with a header. Lines and records are at most 64 KiB.
func Read(r io.Reader, o Options) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		in := newInput(r, cmp.Or(o.MaxSize, maxFile))
		format, err := open(in, o)
		for err == nil {
			var entry Entry
			entry, err = next(in, format, o)
			if _, bad := errors.AsType[*LineError](err); err == nil || bad {
				if !yield(entry, err) {
					return
				}
				err = nil
			}
		}
		if errors.Is(err, io.EOF) {
			return
		}
		if _, ok := errors.AsType[*fault.Error](err); !ok {
			err = fault.Wrap(fault.Usage, err, "reading %s IDs from %s", o.of(), o.Name)
		}
		yield(Entry{}, err)
	}
}

// format is a format of files.
type format interface {
	// record returns the record ahead with its line ends, without taking it. With a
	// formError it is a part of the record.
	record() (text []byte, err error)
	// id returns the ID of a record; false for a comment.
	id(text []byte) (id string, found bool, err error)
}

func open(in *input, o Options) (format, error) {
	if o.Column == "" {
		return plain{in, o.flag()}, nil
	}
	if first, found := in.skipSpace(); found && first != '{' {
		return newCSV(in, o)
	}
	return newNDJSON(in, o.Column), nil // of an empty or unreadable file, too
}

// next returns the next ID, a *LineError, or the error that ends the file.
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
			return Entry{Line: line, ID: id}, nil
		}
		return Entry{}, o.bad(line, text, withLastLine(err, line, lines))
	}
}
