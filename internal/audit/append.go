package audit

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Append adds an entry, and returns it with its number, time and hashes once it
// is on disk. It waits for other processes until ctx is done. It removes a line
// that a killed process left half-written. A damaged log still accepts entries,
// and Verify still finds the damage. Errors are fault.Config; without one the
// entry is written.
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
		return Entry{}, fault.Wrap(fault.Config, err, "cannot write the audit log %s", l.path).
			WithHint("%s", cmp.Or(fault.HintOf(err), "destructive commands need it: free disk space or grant write permission"))
	}
	return e, nil
}

// locked runs f while no other process appends.
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

func (l *Log) append(f *os.File, e *Entry) error {
	end, err := readEnding(f)
	if err != nil {
		return err
	}
	from, err := l.follow(end.last)
	if err != nil {
		return err
	}
	at := end.size
	if from.trusted {
		at = end.whole
	}
	e.Seq, e.Prev, e.Time = from.Seq+1, from.Hash, roaming.Millis(l.now().UnixMilli())
	line, err := encode(e)
	if err != nil {
		return err
	}
	if err := write(f, line, at); err != nil {
		return err
	}
	if at == 0 {
		if err := fsutil.SyncFolder(filepath.Dir(l.path)); err != nil {
			return err
		}
	}
	if from.lostHead {
		return nil
	}
	return writeHead(l.head, headOf(*e))
}

// write ends the file with a line at an offset. After an error it removes the
// line again if the disk permits.
func write(f *os.File, line []byte, at int64) error {
	if at > 0 {
		before := make([]byte, 1)
		if _, err := f.ReadAt(before, at-1); err != nil {
			return err
		}
		if before[0] != '\n' {
			line = append([]byte{'\n'}, line...)
		}
	}
	err := f.Truncate(at)
	if err == nil {
		_, err = f.WriteAt(line, at)
	}
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

	trusted  bool // the log ends as the head says
	lostHead bool // the head must not be written
}

// follow compares the last entry with the head. If they differ and no kill can
// explain that, the chain continues from the head; and a lost head stays lost.
// Either way Verify still finds the damage.
func (l *Log) follow(e Entry) (base, error) {
	last := headOf(e)
	h, err := readHead(l.head)
	switch {
	case errors.Is(err, errBrokenHead) || err == nil && h == nil && last.Seq > 1:
		return base{head: last, lostHead: true}, nil
	case err != nil:
		return base{}, err
	case h == nil && last.Seq == 0 || h != nil && *h == last:
		return base{head: last, trusted: true}, nil
	case h == nil || h.precedes(e):
		// A kill came between line and head. Writing the head first keeps the
		// log at most one line ahead of it.
		return base{head: last, trusted: true}, writeHead(l.head, last)
	default:
		return base{head: *h}, nil
	}
}

// ending is the end of the log's file.
type ending struct {
	last  Entry // zero if there is none
	whole int64 // the offset after the last line that is not torn
	size  int64
}

// tailSize is how much of the log's end is read first: dozens of lines.
const tailSize = 64 << 10

// readEnding reads no more than necessary to find the last entry.
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
			end.whole, end.size = end.whole+from, size
			return end, err
		}
	}
}

func endingFrom(r io.Reader) (end ending, err error) {
	for rec, err := range records(context.Background(), r) {
		if err != nil {
			return end, err
		}
		if end.whole = rec.end; rec.bad == nil {
			end.last = rec.Entry
		}
	}
	return end, nil
}

// head has the number and the hash of the last line. It is written after the
// line, so the log can be one line ahead of it, and it is never ahead of the log.
type head struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

func headOf(e Entry) head { return head{e.Seq, e.Hash} }

// precedes reports whether e is the line after the head, whose writer was
// killed before it wrote the head.
func (h head) precedes(e Entry) bool { return e.Seq == h.Seq+1 && e.Prev == h.Hash }

var errBrokenHead = errors.New("it can't be read")

// readHead returns nil if there is no head, and errBrokenHead if it is malformed.
func readHead(path string) (*head, error) {
	const maxHead = 4 << 10
	b, err := fsutil.ReadFile(path, maxHead)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var h head
	if json.Unmarshal(b, &h) != nil || h.Seq < 1 {
		return nil, errBrokenHead
	}
	return &h, nil
}

func writeHead(path string, h head) error {
	b, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return fsutil.Replace(path, append(b, '\n'))
}
