package durable

import (
	"context"
	"time"

	"github.com/gofrs/flock"
)

// lockPoll is how often a held lock is tried again.
const lockPoll = 5 * time.Millisecond

// TryLock takes the lock that is the file at path, which is made with mode
// 0600 and stays. It dies with its process and excludes other holders in the
// same process too. False means that another has it.
func TryLock(path string) (unlock func() error, ok bool, err error) {
	l := flock.New(path)
	ok, err = l.TryLock()
	return l.Unlock, ok, err
}

// Lock is TryLock that waits until ctx is done.
func Lock(ctx context.Context, path string) (unlock func() error, err error) {
	l := flock.New(path)
	if _, err := l.TryLockContext(ctx, lockPoll); err != nil {
		return nil, err
	}
	return l.Unlock, nil
}

// Locked tells whether some process has the lock. It never holds the lock
// against another that looks, but may for an instant against one that takes it.
func Locked(path string) (bool, error) {
	l := flock.New(path)
	free, err := l.TryRLock()
	if err != nil {
		return false, err
	}
	return !free, l.Unlock()
}
