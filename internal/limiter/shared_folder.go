package limiter

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/clock"
	"github.com/roamctl/roamctl/internal/fsutil"
)

const (
	// lockPoll is about how often a held lock is tried again. It is held for a
	// fraction of that.
	lockPoll = 200 * time.Microsecond
	// lockTimeout is when to give up, such as on the lock of a stopped process.
	lockTimeout = 5 * time.Second

	windowSuffix  = ".window"
	maxWindowFile = 16 << 20 // bytes, more than a window takes

	idle       = 2 * maxWindow // after which no call in a file counts
	pruneEvery = time.Minute   // at most, and only when there is a new budget
)

// locked calls do with the lock over all budgets. With a lock for each, a file could
// not be removed while another process may open it.
func (s *Shared) locked(ctx context.Context, do func() error) error {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	err := s.withLock(ctx, do)
	if errors.Is(err, fs.ErrNotExist) { // the first time, or the folder was removed
		if err = fsutil.Folder(s.folder); err == nil {
			err = s.withLock(ctx, do)
		}
	}
	return err
}

func (s *Shared) withLock(ctx context.Context, do func() error) (err error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	return do()
}

func (s *Shared) lock(ctx context.Context) (unlock func() error, err error) {
	path := filepath.Join(s.folder, "lock")
	for began := time.Now(); ; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		unlock, ok, err := fsutil.TryLock(path)
		if ok || err != nil {
			return unlock, err
		}
		if time.Since(began) > lockTimeout {
			return nil, fmt.Errorf("another process has held %s for %s", path, lockTimeout)
		}
		if err := clock.System().Sleep(ctx, lockPoll/2+rand.N(lockPoll)); err != nil { // random: not in step with the others
			return nil, err
		}
	}
}

func (s *Shared) path(budget string) string {
	return filepath.Join(s.folder, hash(budget)+windowSuffix)
}

// read reads a budget's window. found is false when it has no file yet.
func (s *Shared) read(budget string) (w window, found bool, err error) {
	b, err := fsutil.ReadFile(s.path(budget), maxWindowFile)
	if errors.Is(err, fs.ErrNotExist) {
		return window{}, false, nil
	}
	if err != nil {
		return window{}, false, err
	}
	return decodeWindow(b), true, nil
}

// write writes a window over the old one, by one call and without fsync: after a
// power failure all calls in it are old, and its checksum finds half a write.
func (s *Shared) write(budget string, w window) error {
	f, err := os.OpenFile(s.path(budget), os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(w.encode())
	return errors.Join(err, f.Close())
}

// prune removes idle budgets, so that a run over a million users does not leave a
// million files. The lock must be held.
func (s *Shared) prune(now time.Time) {
	if !s.pruneDue(now) {
		return
	}
	entries, err := os.ReadDir(s.folder)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), windowSuffix) {
			continue
		}
		if info, err := entry.Info(); err == nil && now.Sub(info.ModTime()) > idle {
			_ = os.Remove(filepath.Join(s.folder, entry.Name())) // the next one tries again
		}
	}
}

// pruneDue reports whether the last prune was pruneEvery ago, and then notes this one.
func (s *Shared) pruneDue(now time.Time) bool {
	path := filepath.Join(s.folder, "pruned")
	if info, err := os.Stat(path); err == nil {
		if age := now.Sub(info.ModTime()); 0 <= age && age < pruneEvery {
			return false
		}
	}
	return os.WriteFile(path, nil, 0o600) == nil && os.Chtimes(path, now, now) == nil
}

func hash(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:16])
}
