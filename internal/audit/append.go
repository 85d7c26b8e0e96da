package audit

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
)

// tailSize is how much of the log's end is read first: dozens of lines.
const tailSize = 64 << 10

// Append adds an entry, and returns it with its number, time and hashes once
// it is on disk. It waits for other processes until ctx is done. What a killed
// process left of its line stays, and the new entry vouches for it. A log that
// was tampered with still takes entries, in such a way that Verify goes on to
// find the damage. Errors are fault.Config: without them the entry is written.
func (l *Log) Append(ctx context.Context, e Entry) (Entry, error) {
	err := l.locked(ctx, func() error {
		f, err := os.OpenFile(l.path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return err
		}
		return errors.Join(l.append(f, &e), f.Close())
	})
	switch {
	case err != nil && ctx.Err() != nil:
		return Entry{}, context.Cause(ctx)
	case err != nil:
		return Entry{}, fault.Wrap(fault.Config, err, "the audit log %s can't be written", l.path).
			WithHint("%s", cmp.Or(fault.HintOf(err), "destructive commands need it: make room, or the right to write there"))
	}
	return e, nil
}

func (l *Log) append(f *os.File, e *Entry) error {
	end, err := readEnding(f)
	if err != nil {
		return err
	}
	from, err := l.follow(end)
	if err != nil {
		return err
	}
	e.Seq, e.Prev, e.Torn = from.Seq+1, from.Hash, nil
	e.Time = roaming.Millis(l.now().UnixMilli())
	if end.tail != nil && from.trusted {
		t := tornOf(end.tail.raw)
		e.Torn = &t
	}
	line, err := encode(e)
	if err != nil {
		return err
	}
	if !end.ended {
		line = append([]byte{'\n'}, line...)
	}
	if err := write(f, line, end.size); err != nil {
		return err
	}
	if end.size == 0 {
		if err := fsutil.SyncFolder(filepath.Dir(l.path)); err != nil {
			return err
		}
	}
	if !from.keepsHead {
		return nil
	}
	return writeHead(l.head, headOf(*e))
}

// write adds a line; a failed one is taken back as far as the disk allows.
func write(f *os.File, line []byte, at int64) error {
	_, err := f.WriteAt(line, at)
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return errors.Join(err, f.Truncate(at))
	}
	return nil
}

// base is what the next entry follows.
type base struct {
	head

	trusted   bool // the log ends as the head says
	keepsHead bool // the head may be written
}

// follow holds the end of the log against the head. Where they differ in a way
// that no kill can explain, the chain goes on from the head, and where the
// head is lost it stays lost: either leaves the damage to be seen by Verify.
func (l *Log) follow(end ending) (base, error) {
	last := headOf(end.last)
	h, err := readHead(l.head)
	switch {
	case errors.Is(err, errBrokenHead) || err == nil && h == nil && last.Seq > 1:
		return base{head: last}, nil
	case err != nil:
		return base{}, err
	case h == nil && last.Seq == 0 || h != nil && *h == last:
		return base{last, true, true}, nil
	case h == nil || h.precedes(end.last):
		// A kill came between line and head. The head catches up first, so
		// that the log never gets ahead by two.
		return base{last, true, true}, writeHead(l.head, last)
	default:
		return base{head: *h, keepsHead: true}, nil
	}
}

// ending is how the log's file ends.
type ending struct {
	last  Entry // zero when there is none
	tail  *tail // what a killed process left after it
	size  int64
	ended bool // the file is empty or ends in a line feed
}

// readEnding reads no more than it takes to see the last entry.
func readEnding(f *os.File) (ending, error) {
	info, err := f.Stat()
	if err != nil {
		return ending{}, err
	}
	size := info.Size()
	for n := int64(tailSize); ; n *= 8 {
		from := max(0, size-n)
		end, err := endingFrom(io.NewSectionReader(f, from, size-from))
		if err != nil || end.last.Seq > 0 || from == 0 {
			end.size = size
			return end, err
		}
	}
}

func endingFrom(r io.Reader) (ending, error) {
	end := ending{ended: true}
	for rec, err := range records(r) {
		if err != nil {
			return end, err
		}
		switch {
		case rec.tail != nil:
			end.tail, end.ended = rec.tail, rec.tail.ended
		case rec.bad != nil:
			end.ended = true
		default:
			end.last, end.ended = rec.Entry, rec.ended
		}
	}
	return end, nil
}
