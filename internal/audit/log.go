package audit

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
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

// Open names the log at path, such as audit.ndjson, with audit.head and
// audit.lock beside it; now is the clock of the entries. Nothing is made
// before the first Append.
func Open(path string, now func() time.Time) *Log {
	base := strings.TrimSuffix(path, filepath.Ext(path))
	return &Log{path: path, head: base + ".head", lock: base + ".lock", now: now}
}

// Path is the path of the log's file.
func (l *Log) Path() string { return l.path }

// Entries are the lines of the log as they stand, the oldest first. A line
// that is no entry comes as an error that names it, and the others follow.
// Whether the lines are all there is for Verify to say.
func (l *Log) Entries(ctx context.Context) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		f, err := fsutil.Open(l.path)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err != nil {
			yield(Entry{}, fault.Wrap(fault.Config, err, "reading the audit log"))
			return
		}
		defer f.Close()
		for r, err := range records(f) {
			if err == nil {
				err = context.Cause(ctx)
			}
			if err != nil {
				yield(Entry{}, fault.Wrap(fault.Config, err, "reading the audit log"))
				return
			}
			if r.tail != nil {
				return
			}
			if !yield(r.Entry, r.damage()) {
				return
			}
		}
	}
}

// Verify reads the log through and returns the number of its entries. A
// fault.Safety names the first line that was changed, removed, moved, doubled
// or put in, counted from 1; an end that was cut off is the line after the
// last. What a killed process left behind is no damage.
func (l *Log) Verify(ctx context.Context) (count int64, err error) {
	h, size, err := l.snapshot(ctx)
	if err != nil {
		return 0, err
	}
	f, err := fsutil.Open(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, (&walk{}).end(h)
	}
	if err != nil {
		return 0, fault.Wrap(fault.Config, err, "reading the audit log")
	}
	defer f.Close()
	return verify(ctx, io.NewSectionReader(f, 0, size), h)
}

// verify holds the text of a log against its head.
func verify(ctx context.Context, log io.Reader, h *head) (int64, error) {
	w := walk{}
	for r, err := range records(log) {
		if err == nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return w.last.Seq, fault.Wrap(fault.Config, err, "reading the audit log")
		}
		if err := w.step(r); err != nil {
			return w.last.Seq, err
		}
	}
	return w.last.Seq, w.end(h)
}

// snapshot is the head and the size of the log that belongs to it: the head is
// the same before and after, so no more than one line is on its way.
func (l *Log) snapshot(ctx context.Context) (*head, int64, error) {
	for {
		if err := context.Cause(ctx); err != nil {
			return nil, 0, err
		}
		before, err := l.readHead()
		if err != nil {
			return nil, 0, err
		}
		var size int64
		info, err := os.Stat(l.path)
		switch {
		case err == nil:
			size = info.Size()
		case !errors.Is(err, fs.ErrNotExist):
			return nil, 0, fault.Wrap(fault.Config, err, "reading the audit log")
		}
		after, err := l.readHead()
		if err != nil {
			return nil, 0, err
		}
		if before == after || before != nil && after != nil && *before == *after {
			return before, size, nil
		}
	}
}

func (l *Log) readHead() (*head, error) {
	h, err := readHead(l.head)
	if errors.Is(err, errBrokenHead) {
		return nil, fault.Wrap(fault.Safety, err, "%s was changed", l.head).WithHint(damageHint)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Config, err, "reading the audit log's head")
	}
	return h, nil
}

// locked runs f while no other process adds to the log.
func (l *Log) locked(ctx context.Context, f func() error) (err error) {
	if err := fsutil.Folder(filepath.Dir(l.path)); err != nil {
		return err
	}
	unlock, err := fsutil.Lock(ctx, l.lock)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	return f()
}
