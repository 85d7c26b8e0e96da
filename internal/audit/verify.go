package audit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
)

const damageHint = "compare with a copy of the state folder; to start a new log, move this one away with its .head"

// Verify reads the log and returns the number of its entries. A fault.Safety
// names the first line that was changed, removed, moved, duplicated or
// inserted, counted from 1. For a removed end that is the line after the last.
// A half-written line at the end is not damage.
func (l *Log) Verify(ctx context.Context) (count int64, err error) {
	h, size, err := l.snapshot(ctx)
	if err != nil {
		return 0, err
	}
	f, err := fsutil.Open(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, (&chain{}).end(h)
	}
	if err != nil {
		return 0, readError(err)
	}
	defer f.Close()
	return verify(ctx, io.NewSectionReader(f, 0, size), h)
}

// verify compares the text of a log with its head.
func verify(ctx context.Context, log io.Reader, h *head) (int64, error) {
	c := chain{}
	for r, err := range records(ctx, log) {
		if err == nil {
			err = c.add(r)
		}
		if err != nil {
			return c.last.Seq, err
		}
	}
	return c.last.Seq, c.end(h)
}

// snapshot returns the head and the size of the log that belongs to it: the
// head is the same before and after, so at most one line is being written.
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
			return nil, 0, readError(err)
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
		return nil, fault.Wrap(fault.Config, err, "cannot read the audit log's .head file")
	}
	return h, nil
}

// chain is the lines of a log so far.
type chain struct{ last record }

func (c *chain) add(r record) error {
	if r.bad == nil {
		r.bad = c.check(r.Entry)
	}
	if r.bad != nil {
		return damaged(r.line, r.bad)
	}
	c.last = r
	return nil
}

// check returns why an entry does not follow the last one.
func (c *chain) check(e Entry) error {
	want := c.last.Seq + 1
	switch {
	case e.Seq == c.last.Seq:
		return fmt.Errorf("it is entry %d, and so is line %d: one of the two was duplicated or inserted", e.Seq, c.last.line)
	case e.Seq < want:
		return fmt.Errorf("it is entry %d, which does not belong after entry %d: it was moved, duplicated or inserted", e.Seq, c.last.Seq)
	case e.Seq > want:
		return fmt.Errorf("it is entry %d, and entry %d belongs here: entries before it were removed or moved", e.Seq, want)
	case e.Prev != c.last.Hash && c.last.Seq == 0:
		return errors.New("it is the first, and refers to one before it")
	case e.Prev != c.last.Hash:
		return fmt.Errorf("it does not follow line %d: one of the two was inserted or replaced", c.last.line)
	}
	return nil
}

// end compares the last line with the head.
func (c *chain) end(h *head) error {
	last := c.last
	next := last.line + 1
	switch {
	case h == nil && last.Seq <= 1:
		return nil // a kill may have prevented the first head
	case h == nil:
		return damaged(next, fmt.Errorf("the .head file is missing, so entries after number %d may have been removed", last.Seq))
	case last.Seq < h.Seq:
		return damaged(next, fmt.Errorf("entry %d belongs here, and the log once had %d: the end was removed or changed", last.Seq+1, h.Seq))
	case last.Seq == h.Seq && last.Hash != h.Hash:
		return damaged(last.line, errors.New("it does not match the .head file: one of them was replaced"))
	case last.Seq == h.Seq && !last.ended:
		return damaged(last.line, errors.New("its line feed was removed"))
	case last.Seq == h.Seq || h.precedes(last.Entry):
		return nil
	default:
		return damaged(last.line, fmt.Errorf("the .head file is that of %d entries: lines were inserted at the end, or the .head file was replaced", h.Seq))
	}
}

func damaged(line int, err error) error {
	return fault.Wrap(fault.Safety, err, "line %d of the audit log", line).WithHint(damageHint)
}
