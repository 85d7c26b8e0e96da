package bulk

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"sync"

	"github.com/roamctl/roamctl/internal/fault"
)

const (
	// heldItems is how many items that wait for their turn are in memory; the
	// others are in files.
	heldItems = 2000
	// fileSize is when another file is begun. One that was read whole is
	// removed.
	fileSize = 32 << 20
)

// backlog keeps what has to wait for its turn.
type backlog[T any] struct {
	dir    string
	weight func(T) int // of an item in memory; nil: 1

	mu   sync.Mutex
	held int
	last *backFile
}

// place is where a page is in the files.
type place struct {
	file   *backFile
	offset int64
	size   int
}

type backFile struct {
	f      *os.File
	size   int64
	unread int
	full   bool
}

// hold takes a page into memory's account, if there is room or it must be.
func (b *backlog[T]) hold(items []T, must bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.weigh(items)
	if !must && b.held+n > heldItems {
		return false
	}
	b.held += n
	return true
}

func (b *backlog[T]) release(items []T) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held -= b.weigh(items)
}

func (b *backlog[T]) weigh(items []T) int {
	if b.weight == nil {
		return len(items)
	}
	n := 0
	for _, item := range items {
		n += b.weight(item)
	}
	return n
}

// write puts a page into a file. Errors, as those of read, are fault.Config.
func (b *backlog[T]) write(items []T) (place, error) {
	text, err := json.Marshal(items)
	if err == nil {
		var at place
		if at, err = b.append(text); err == nil {
			return at, nil
		}
	}
	return place{}, b.unusable(err)
}

func (b *backlog[T]) unusable(err error) error {
	return fault.Wrap(fault.Config, err, "what waits to be printed can't be kept in %s", b.dir)
}

func (b *backlog[T]) append(text []byte) (place, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.last == nil || b.last.full {
		f, err := os.CreateTemp(b.dir, "waiting-")
		if err != nil {
			return place{}, err
		}
		_ = os.Remove(f.Name()) // where a file may lose its name while it is open, a killed process leaves nothing behind
		b.last = &backFile{f: f}
	}
	at := place{b.last, b.last.size, len(text)}
	if _, err := b.last.f.WriteAt(text, at.offset); err != nil {
		return place{}, err
	}
	b.last.size += int64(len(text))
	b.last.unread++
	b.last.full = b.last.size >= fileSize
	return at, nil
}

// read takes a page out. Numbers keep their digits.
func (b *backlog[T]) read(at place) (items []T, err error) {
	text := make([]byte, at.size)
	if _, err := at.file.f.ReadAt(text, at.offset); err != nil {
		return nil, b.unusable(errors.Join(err, b.drop(at)))
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := errors.Join(d.Decode(&items), b.drop(at)); err != nil {
		return nil, b.unusable(err)
	}
	return items, nil
}

// drop frees a page's place.
func (b *backlog[T]) drop(at place) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	at.file.unread--
	if at.file.unread > 0 {
		return nil
	}
	if !at.file.full { // from the beginning again
		at.file.size = 0
		return nil
	}
	return at.file.remove()
}

// close gives the last file back.
func (b *backlog[T]) close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.last == nil || b.last.full && b.last.unread == 0 {
		return nil
	}
	return b.last.remove()
}

func (f *backFile) remove() error {
	err := f.f.Close()
	if gone := os.Remove(f.f.Name()); !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}
