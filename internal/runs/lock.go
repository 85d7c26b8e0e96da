package runs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/roamctl/roamctl/internal/durable"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// LockOption changes how Lock goes about it.
type LockOption func(*lockOptions)

type lockOptions struct {
	run  string
	wait bool
}

// ForRun names the run that wants the lock, for those who find it taken.
func ForRun(id string) LockOption { return func(o *lockOptions) { o.run = id } }

// Wait makes Lock wait until ctx is done, instead of failing at once.
func Wait() LockOption { return func(o *lockOptions) { o.wait = true } }

// holder is what stands beside a lock for those who find it taken.
type holder struct {
	Key   string       `json:"key"`
	Run   string       `json:"run,omitempty"`
	PID   int          `json:"pid"`
	Since roaming.Time `json:"since"`
}

// Lock keeps runs with the same key, such as "org#app/alice", apart: between
// the processes of this machine and inside this one. It dies with its process.
// A taken one is a fault.Safety that says who has it.
func (s *Store) Lock(ctx context.Context, key string, options ...LockOption) (unlock func() error, err error) {
	var o lockOptions
	for _, set := range options {
		set(&o)
	}
	dir := filepath.Join(s.dir, "locks")
	if err := durable.Folder(dir); err != nil {
		return nil, fault.Wrap(fault.Config, err, "locking %s", key)
	}
	sum := sha256.Sum256([]byte(key)) // a name for every file system
	path := filepath.Join(dir, hex.EncodeToString(sum[:12]))
	release, err := s.take(ctx, path+".lock", o.wait)
	switch {
	case errors.Is(err, errTaken):
		return nil, taken(key, path+".holder")
	case err != nil && ctx.Err() != nil:
		return nil, errors.Join(context.Cause(ctx), taken(key, path+".holder"))
	case err != nil:
		return nil, fault.Wrap(fault.Config, err, "locking %s", key)
	}
	note, err := json.Marshal(holder{Key: key, Run: o.run, PID: os.Getpid(), Since: roaming.Millis(s.now().UnixMilli())})
	if err == nil {
		err = os.WriteFile(path+".holder", note, 0o600)
	}
	if err != nil {
		return nil, errors.Join(fault.Wrap(fault.Config, err, "locking %s", key), release())
	}
	return func() error { return errors.Join(os.Remove(path+".holder"), release()) }, nil
}

var errTaken = errors.New("another has the lock")

func (s *Store) take(ctx context.Context, path string, wait bool) (func() error, error) {
	if wait {
		return durable.Lock(ctx, path)
	}
	unlock, ok, err := durable.TryLock(path)
	if err == nil && !ok {
		err = errTaken
	}
	return unlock, err
}

// taken says who has the lock. The note can be missing for an instant, or be
// that of a process that was killed.
func taken(key, note string) *fault.Error {
	var h holder
	who := "another process"
	if b, err := os.ReadFile(note); err == nil && json.Unmarshal(b, &h) == nil {
		who = fmt.Sprintf("process %d, since %s", h.PID, h.Since)
		if h.Run != "" {
			who = fmt.Sprintf("run %s (process %d, since %s)", h.Run, h.PID, h.Since)
		}
	}
	err := fault.New(fault.Safety, "%s is being worked on by %s", key, who)
	if h.Run != "" {
		return err.WithHint("wait for it to end, or look at it: roamctl runs show %s", h.Run)
	}
	return err.WithHint("wait for it to end, or look for it: roamctl runs list --state running")
}
