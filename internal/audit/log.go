// Package audit keeps the log of destructive commands. Each line is a JSON
// entry, chained to the one before by a hash, so that a line that was changed,
// removed, moved, duplicated or inserted is detected.
//
// A line is the entry's JSON with its "hash" last: the hex SHA-256 of the same
// text without the hash. "prev" is the hash of the line before. A file ".head"
// beside the log has the number and the hash of the last line, so that a
// removed end is detected, too. The chain has no secret: anyone who can write both
// files can forge a log. A copy of the head kept elsewhere detects that.
package audit

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"path/filepath"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
)

// Log is an audit log. Several processes can use the same.
type Log struct {
	path string
	head string
	lock string
	now  func() time.Time
}

// Open returns the log at path, such as audit.ndjson, with audit.head and
// audit.lock beside it. now is the clock of the entries. The first Append
// creates the files.
func Open(path string, now func() time.Time) *Log {
	base := strings.TrimSuffix(path, filepath.Ext(path))
	return &Log{path: path, head: base + ".head", lock: base + ".lock", now: now}
}

// Path returns the path of the log's file.
func (l *Log) Path() string { return l.path }

// Entries yields the entries, the oldest first. A line that is not an entry is
// an error that names it, and the others follow. Entries does not check that
// all lines are there: Verify does.
func (l *Log) Entries(ctx context.Context) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		f, err := fsutil.Open(l.path)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err != nil {
			yield(Entry{}, readError(err))
			return
		}
		defer f.Close()
		for r, err := range records(ctx, f) {
			if err == nil && r.bad != nil {
				err = damaged(r.line, r.bad)
			}
			if !yield(r.Entry, err) {
				return
			}
		}
	}
}

func readError(err error) error { return fault.Wrap(fault.Config, err, "cannot read the audit log") }

// Actions yields one entry per action: the entry of its end, or that of its
// start if no end follows. A resumed run is another action.
func (l *Log) Actions(ctx context.Context) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		type action struct{ run, command, user string }
		started, ended := map[action]int64{}, map[int64]bool{} // by Seq
		for e, err := range l.Entries(ctx) {
			if err != nil { // the second reading reports it
				continue
			}
			key := action{e.RunID, e.Command, e.User}
			if seq, ok := started[key]; ok {
				ended[seq] = true
				delete(started, key)
			}
			if e.Outcome == Started {
				started[key] = e.Seq
			}
		}
		for e, err := range l.Entries(ctx) {
			if (err != nil || !ended[e.Seq]) && !yield(e, err) {
				return
			}
		}
	}
}

// record is a line of the log.
type record struct {
	Entry

	line  int   // from 1
	end   int64 // the offset after it
	ended bool  // by a line feed
	bad   error // why it is not an entry
}

// records yields the lines of a log. It leaves out torn lines at the end: a
// killed process was writing them, and no Append reported them. Torn lines
// before others are bad. An error ends the sequence.
func records(ctx context.Context, r io.Reader) iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		var torn []record
		for line, err := range fsutil.Lines(r) {
			if err == nil {
				err = context.Cause(ctx)
			}
			if err != nil {
				yield(record{}, readError(err))
				return
			}
			next := record{line: line.Number, end: line.End(), ended: line.Ended}
			next.Entry, next.bad = decode(line.Text)
			if next.bad != nil && line.Torn() {
				torn = append(torn, next)
				continue
			}
			for _, r := range append(torn, next) {
				if !yield(r, nil) {
					return
				}
			}
			torn = torn[:0]
		}
	}
}
