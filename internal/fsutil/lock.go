package fsutil

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"github.com/roamctl/roamctl/internal/fault"
)

// lockPoll is how often a held lock is tried again.
const lockPoll = 5 * time.Millisecond

// lockMode is the mode of every lock file, whatever the umask.
const lockMode = 0o600

// TryLock takes the lock that is the file at path, which is made with mode
// 0600 and stays. It dies with its process and excludes other holders in the
// same process too. False means that another has it. A file system without
// locks is a fault.Config.
func TryLock(path string) (unlock func() error, ok bool, err error) {
	l := flock.New(path)
	if ok, err = l.TryLock(); err != nil || !ok {
		return nil, false, lockError(path, err)
	}
	if err := private(l); err != nil {
		return nil, false, errors.Join(err, l.Unlock())
	}
	return l.Unlock, true, nil
}

// Lock is TryLock that waits until ctx is done.
func Lock(ctx context.Context, path string) (unlock func() error, err error) {
	l := flock.New(path)
	if _, err := l.TryLockContext(ctx, lockPoll); err != nil {
		return nil, lockError(path, err)
	}
	if err := private(l); err != nil {
		return nil, errors.Join(err, l.Unlock())
	}
	return l.Unlock, nil
}

// Locked reports whether some process has the lock. It never holds the lock
// against another that looks, but may for an instant against one that takes it.
func Locked(path string) (bool, error) {
	l := flock.New(path)
	free, err := l.TryRLock()
	if err != nil {
		return false, lockError(path, err)
	}
	return !free, l.Unlock()
}

// private gives a lock file its mode. An unusual umask may have taken rights
// from it, and earlier versions made some that everybody could write to.
func private(l *flock.Flock) error {
	info, err := l.Stat()
	if err != nil || runtime.GOOS == "windows" || info.Mode().Perm() == lockMode {
		return err
	}
	if err := os.Chmod(l.Path(), lockMode); !errors.Is(err, fs.ErrPermission) { // another user's file
		return err
	}
	return nil
}

// lockError says so where the file system has no locks. An error of opening the
// lock file is another matter.
func lockError(path string, err error) error {
	_, opening := errors.AsType[*fs.PathError](err)
	if opening || !isAny(err, []error{errors.ErrUnsupported, syscall.ENOLCK, syscall.EINVAL}) {
		return err
	}
	return fault.Wrap(fault.Config, err, "%s is on a file system without file locks, which keep two processes apart", filepath.Dir(path)).
		WithScope(fault.WholeApp).
		WithHint("use a folder on a file system with locks, such as a local disk: XDG_STATE_HOME, XDG_CONFIG_HOME, XDG_CACHE_HOME and --backup-dir choose it")
}
