package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"sync"

	"github.com/roamctl/roamctl/internal/fault"
)

const (
	// maxHeld is how many items that wait to be printed are held in memory; the
	// others are written to files.
	maxHeld = 2000
	// maxSpillFile is the size from which a new file is begun. A file that was
	// read whole is removed.
	maxSpillFile = 32 << 20
)

// spillQueue holds the items that wait to be printed.
type spillQueue[T any] struct {
	dir    string
	weight func(T) int // of an item in memory; nil for 1

	mu   sync.Mutex
	held int
	last *spillFile
}

// location is where a page is in the files.
type location struct {
	file   *spillFile
	offset int64
	size   int
}

type spillFile struct {
	f      *os.File
	size   int64
	unread int
	full   bool
}

// reserve counts a page as held in memory and reports whether there was room for
// it. With force there always is.
func (q *spillQueue[T]) reserve(items []T, force bool) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := q.weigh(items)
	if !force && q.held+n > maxHeld {
		return false
	}
	q.held += n
	return true
}

func (q *spillQueue[T]) release(items []T) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.held -= q.weigh(items)
}

func (q *spillQueue[T]) weigh(items []T) int {
	if q.weight == nil {
		return len(items)
	}
	n := 0
	for _, item := range items {
		n += q.weight(item)
	}
	return n
}

// write writes a page to a file. Errors, as those of read, are fault.Config.
func (q *spillQueue[T]) write(items []T) (location, error) {
	text, err := json.Marshal(items)
	if err == nil {
		var at location
		if at, err = q.append(text); err == nil {
			return at, nil
		}
	}
	return location{}, q.wrap(err)
}

func (q *spillQueue[T]) wrap(err error) error {
	return fault.Wrap(fault.Config, err, "cannot keep pending output in %s", q.dir)
}

func (q *spillQueue[T]) append(text []byte) (location, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.last == nil || q.last.full {
		f, err := os.CreateTemp(q.dir, "waiting-")
		if err != nil {
			return location{}, err
		}
		_ = os.Remove(f.Name()) // where an open file can be removed, a killed process leaves none behind
		q.last = &spillFile{f: f}
	}
	at := location{q.last, q.last.size, len(text)}
	if _, err := q.last.f.WriteAt(text, at.offset); err != nil {
		return location{}, err
	}
	q.last.size += int64(len(text))
	q.last.unread++
	q.last.full = q.last.size >= maxSpillFile
	return at, nil
}

// read returns a page and frees its space. Numbers keep their digits.
func (q *spillQueue[T]) read(at location) (items []T, err error) {
	text := make([]byte, at.size)
	if _, err := at.file.f.ReadAt(text, at.offset); err != nil {
		return nil, q.wrap(errors.Join(err, q.free(at)))
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := errors.Join(d.Decode(&items), q.free(at)); err != nil {
		return nil, q.wrap(err)
	}
	return items, nil
}

func (q *spillQueue[T]) free(at location) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	at.file.unread--
	if at.file.unread > 0 {
		return nil
	}
	if !at.file.full { // reuse it from the beginning
		at.file.size = 0
		return nil
	}
	return at.file.remove()
}

// close removes the last file.
func (q *spillQueue[T]) close() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.last == nil || q.last.full && q.last.unread == 0 {
		return nil
	}
	return q.last.remove()
}

func (f *spillFile) remove() error {
	err := f.f.Close()
	if removed := os.Remove(f.f.Name()); !errors.Is(removed, os.ErrNotExist) {
		err = errors.Join(err, removed)
	}
	return err
}
