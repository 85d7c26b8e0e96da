package limiter

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/roamctl/roamctl/internal/clock"
	"github.com/roamctl/roamctl/internal/fsutil"
)

const (
	// lockPoll is about how often a held lock is tried again. It is held for
	// a fraction of that.
	lockPoll = 200 * time.Microsecond
	// lockPatience is when a lock counts as never to be had, such as one of
	// a process that was stopped.
	lockPatience = 5 * time.Second
)

// store is a folder with a file for each budget, and a lock over all of them.
// With a lock each, a file could not be removed while others may be opening it.
type store struct {
	folder string
	turn   chan struct{} // holds one while this process has the lock or tries to
}

func newStore(folder string) *store {
	return &store{folder: folder, turn: make(chan struct{}, 1)}
}

// locked does something alone, of all processes.
func (s *store) locked(ctx context.Context, do func() error) error {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	err := s.holding(ctx, do)
	if errors.Is(err, fs.ErrNotExist) { // the first time, or somebody tidied up
		if err = fsutil.Folder(s.folder); err == nil {
			err = s.holding(ctx, do)
		}
	}
	return err
}

func (s *store) holding(ctx context.Context, do func() error) (err error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	return do()
}

func (s *store) lock(ctx context.Context) (unlock func() error, err error) {
	path := filepath.Join(s.folder, "lock")
	for began := time.Now(); ; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		unlock, ok, err := fsutil.TryLock(path)
		if ok || err != nil {
			return unlock, err
		}
		if time.Since(began) > lockPatience {
			return nil, fmt.Errorf("another process has held %s for %s", path, lockPatience)
		}
		if err := clock.System().Sleep(ctx, lockPoll/2+rand.N(lockPoll)); err != nil { // not in step with the others
			return nil, err
		}
	}
}

func (s *store) path(budget string) string {
	return filepath.Join(s.folder, hash(budget)+windowSuffix)
}

// maxWindowFile is more than the calls of a window take, in bytes.
const maxWindowFile = 16 << 20

// read is a budget's window; fresh tells that it has no file yet.
func (s *store) read(budget string) (w window, fresh bool, err error) {
	b, err := fsutil.ReadFile(s.path(budget), maxWindowFile)
	if errors.Is(err, fs.ErrNotExist) {
		return window{}, true, nil
	}
	if err != nil {
		return window{}, false, err
	}
	return decodeWindow(b), false, nil
}

// write puts a window over the old one, in one piece. It is not synced: after
// a power failure the window is past, and a torn one is told by its sum.
func (s *store) write(budget string, w window) error {
	f, err := os.OpenFile(s.path(budget), os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(w.encode())
	return errors.Join(err, f.Close())
}
