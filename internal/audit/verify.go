package audit

import (
	"errors"
	"fmt"

	"github.com/roamctl/roamctl/internal/fault"
)

const damageHint = "compare with a copy of the state folder; move the log away with its .head to begin a new one"

// walk follows the chain from line to line.
type walk struct {
	last  Entry
	line  int  // of last
	ended bool // last has its line feed
	tail  int  // the line at which the remains of a killed process begin; 0 for none
}

func (w *walk) step(r record) error {
	switch {
	case r.bad != nil:
		return r.damage()
	case r.tail != nil:
		w.tail = r.line
		return nil
	}
	if err := w.follows(r.Entry); err != nil {
		return damaged(r.line, err)
	}
	w.last, w.line, w.ended = r.Entry, r.line, r.ended
	return nil
}

func (w *walk) follows(e Entry) error {
	want := w.last.Seq + 1
	switch {
	case e.Seq == w.last.Seq:
		return fmt.Errorf("it is entry %d, and so is line %d: one of the two was doubled or put in", e.Seq, w.line)
	case e.Seq < want:
		return fmt.Errorf("it is entry %d, which does not belong after entry %d: it was moved, doubled or put in", e.Seq, w.last.Seq)
	case e.Seq > want:
		return fmt.Errorf("it is entry %d, and entry %d belongs here: entries before it were removed or moved", e.Seq, want)
	case e.Prev != w.last.Hash && w.last.Seq == 0:
		return errors.New("it is the first, and says that another came before")
	case e.Prev != w.last.Hash:
		return fmt.Errorf("it does not follow from line %d: one of the two was put in or replaced", w.line)
	}
	return nil
}

// end holds the last line against the head.
func (w *walk) end(h *head) error {
	next := w.line + 1
	if w.tail > 0 {
		next = w.tail
	}
	switch {
	case h == nil && w.last.Seq <= 1:
		return nil // it may never have come to the first head
	case h == nil:
		return damaged(next, fmt.Errorf("the .head file is missing, so entries after number %d may have been removed", w.last.Seq))
	case w.last.Seq < h.Seq:
		return damaged(next, fmt.Errorf("entry %d belongs here, and the log once had %d: the end was removed or changed", w.last.Seq+1, h.Seq))
	case w.last.Seq == h.Seq && w.last.Hash != h.Hash:
		return damaged(w.line, errors.New("it is not the line that the .head file knows: one of them was replaced"))
	case w.last.Seq == h.Seq && !w.ended:
		return damaged(w.line, errors.New("its line feed was removed"))
	case w.last.Seq == h.Seq || h.precedes(w.last):
		return nil
	default:
		return damaged(w.line, fmt.Errorf("the .head file knows %d entries: lines were put in at the end, or the .head file was replaced", h.Seq))
	}
}

func (r record) damage() error {
	if r.bad == nil {
		return nil
	}
	return damaged(r.line, r.bad)
}

func damaged(line int, err error) error {
	return fault.Wrap(fault.Safety, err, "line %d of the audit log", line).WithHint(damageHint)
}
