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

// lockPoll is the time between two attempts to take a held lock.
const lockPoll = 5 * time.Millisecond

// lockMode is the mode of every lock file, whatever the umask.
const lockMode = 0o600

// TryLock takes the lock of the file at path, which it creates with mode 0600
// and never removes. The lock ends with its process, and excludes others in the
// same process, too. ok is false if another holds it. A file system without
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

// Lock is TryLock that waits for the lock until ctx is done.
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

// Locked reports whether some process holds the lock. Callers of Locked do not
// disturb each other, but a TryLock at the same instant may fail.
func Locked(path string) (bool, error) {
	l := flock.New(path)
	free, err := l.TryRLock()
	if err != nil {
		return false, lockError(path, err)
	}
	return !free, l.Unlock()
}

// private sets a lock file's mode, which an unusual umask may have reduced.
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

// lockError explains errors of file systems without locks. It returns others,
// such as those of opening the lock file, as they are.
func lockError(path string, err error) error {
	_, opening := errors.AsType[*fs.PathError](err)
	if opening || !isAny(err, []error{errors.ErrUnsupported, syscall.ENOLCK, syscall.EINVAL}) {
		return err
	}
	return fault.Wrap(fault.Config, err, "%s is on a file system without file locks, which roamctl needs", filepath.Dir(path)).
		WithScope(fault.WholeApp).
		WithHint("use a folder on a file system with locks, such as a local disk: XDG_STATE_HOME, XDG_CONFIG_HOME, XDG_CACHE_HOME and --backup-dir choose it")
}
