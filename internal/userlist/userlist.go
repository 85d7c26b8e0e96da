// Package userlist reads user IDs from a file of users: one ID a line, a
// column of a CSV file, or a member of the objects of an NDJSON file. It
// streams: however long the file, it holds one line or record of it. A bad line
// is reported with its number, and reading goes on behind it. Whether a user
// comes twice is for the caller to know, who has somewhere to remember users.
package userlist

import (
	"errors"
	"io"
	"iter"

	"github.com/roamctl/roamctl/internal/fault"
)

// Options says what the file is and which users are taken.
type Options struct {
	// Name stands for the file in errors: its path or "standard input".
	Name string
	// Column is the column of a CSV file, or the member of an NDJSON file's
	// objects, that holds the user ID; user.id is member id of member user.
	// Without it, the file has one user ID a line.
	Column string
	// Check refuses what is no user ID; the reason lands in the LineError. nil
	// takes everything.
	Check func(id string) error
}

// Entry is a user that the file names.
type Entry struct {
	// Line is the number of the line, counted from 1; where a CSV record has
	// several, of its first.
	Line int
	// User is the user ID, without the white space around it.
	User string
}

// Read yields the users of a file in its order. Each bad line yields a
// *LineError, and the sequence goes on. Any other error is a fault.Usage about
// the whole file, such as a column that does not exist, and is the last.
//
// With a column, a file whose first byte other than white space is { is NDJSON,
// and any other is CSV with a header. Lines and records are limited to 64 KiB,
// and the file to 1 GiB.
// An empty file yields nothing. The sequence reads r once, so it is good for
// one loop.
func Read(r io.Reader, o Options) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		from, err := open(r, o)
		if err != nil {
			yield(Entry{}, o.unreadable(err))
			return
		}
		for {
			entry, err := from.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err == nil {
				if !yield(entry, nil) {
					return
				}
				continue
			}
			bad, goOn := errors.AsType[*LineError](err)
			if !goOn {
				yield(Entry{}, o.unreadable(err))
				return
			}
			if !yield(Entry{}, bad) {
				return
			}
		}
	}
}

// source is a file in one of the formats. next is its next user, a *LineError
// to go on after, or the error that ends it: io.EOF at its end.
type source interface {
	next() (Entry, error)
}

// open finds out the format.
func open(r io.Reader, o Options) (source, error) {
	in := newInput(r)
	if o.Column == "" {
		return &lines{in: in, o: o, parse: plainID}, nil
	}
	first, found := in.skipSpace()
	if found && first != '{' {
		return newRecords(in, o)
	}
	// If nothing is there, this is where the end or the read error comes out.
	return &lines{in: in, o: o, parse: member(o.Column)}, nil
}

// unreadable is the error that ends the sequence.
func (o Options) unreadable(err error) error {
	if _, told := errors.AsType[*fault.Error](err); told {
		return err
	}
	return fault.Wrap(fault.Usage, err, "reading users from %s", o.Name)
}

// check refuses what can't be a user, and then what the caller refuses.
func (o Options) check(id string) error {
	if err := checkText(id); err != nil || o.Check == nil {
		return err
	}
	return o.Check(id)
}
