package runs

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Run is a run that this process carries out: nobody else can open it until
// Close, or the process's end. Its methods can be called from several
// goroutines.
type Run struct {
	Journal

	now    func() time.Time
	unlock func() error

	mu   sync.Mutex
	file *os.File
	end  int64 // after the last whole line
	seq  int   // of the last event
	torn bool  // there may be bytes after end
}

// Append adds an event and returns when it is on disk. Data is what encodes as
// JSON, or nil. After an error the event is not in the journal, as far as the
// disk still answers, and Append can be tried again.
func (r *Run) Append(kind string, data any) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil {
		return fault.New(fault.Bug, "run %s: an event %q after Close", r.id, kind)
	}
	raw, err := json.Marshal(data)
	if err != nil {
		return fault.Wrap(fault.Bug, err, "run %s: encoding an event %q", r.id, kind)
	}
	line, err := encode(Event{Seq: r.seq + 1, Time: roaming.Millis(r.now().UnixMilli()), Kind: kind, Data: raw})
	if err != nil {
		return fault.Wrap(fault.Bug, err, "run %s: encoding an event %q", r.id, kind)
	}
	if err := r.write(line); err != nil {
		return fault.Wrap(fault.Config, err, "run %s: its journal can't be written", r.id).
			WithHint("make room on the disk of %s, then: roamctl runs resume %s", r.dir, r.id)
	}
	r.end += int64(len(line))
	r.seq++
	return nil
}

// write puts a line after the last whole one. What a failed write leaves
// behind is cut off at once, or else by the next write.
func (r *Run) write(line []byte) error {
	if err := r.cut(); err != nil {
		return err
	}
	r.torn = true
	_, err := r.file.WriteAt(line, r.end)
	if err == nil {
		err = r.file.Sync()
	}
	if err != nil {
		return errors.Join(err, r.cut())
	}
	r.torn = false
	return nil
}

func (r *Run) cut() error {
	if !r.torn {
		return nil
	}
	if err := r.file.Truncate(r.end); err != nil {
		return fmt.Errorf("cutting off a torn line: %w", err)
	}
	r.torn = false
	return nil
}

// Discard lets go of a run that has changed nothing, and removes it. The journal
// goes first: a process that is killed here leaves no run without its files.
func (r *Run) Discard() error {
	return errors.Join(r.Close(), os.Remove(filepath.Join(r.dir, journalFile)), os.RemoveAll(r.dir))
}

// Close lets go of the run; its journal stays. A second call does nothing.
func (r *Run) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil {
		return nil
	}
	err := errors.Join(r.file.Close(), r.unlock())
	r.file = nil
	return err
}
