package run

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
)

// lockHolder is written beside a lock, for the processes that find it taken.
type lockHolder struct {
	Key   string       `json:"key"`
	Run   string       `json:"run,omitempty"`
	PID   int          `json:"pid"`
	Since roaming.Time `json:"since"`
}

// Lock takes the lock of a key, such as "org#app/alice", which excludes the other
// processes of this machine and the other jobs of this one. It is released when
// the process ends. A lock that is taken is a fault.Safety that says who has it.
// Run is the ID of the run that takes it, or "".
func (s *Store) Lock(key, run string) (unlock func() error, err error) {
	dir := filepath.Join(s.dir, "locks")
	if err := fsutil.Folder(dir); err != nil {
		return nil, fault.Wrap(fault.Config, err, "cannot lock %s", key)
	}
	sum := sha256.Sum256([]byte(key)) // a name for every file system
	path := filepath.Join(dir, hex.EncodeToString(sum[:12]))
	release, free, err := fsutil.TryLock(path + ".lock")
	switch {
	case err != nil:
		return nil, fault.Wrap(fault.Config, err, "cannot lock %s", key).WithHint("%s", fault.HintOf(err))
	case !free:
		return nil, lockTaken(key, path+".holder")
	}
	note, err := json.Marshal(lockHolder{Key: key, Run: run, PID: os.Getpid(), Since: roaming.Millis(s.now().UnixMilli())})
	if err == nil {
		err = os.WriteFile(path+".holder", note, 0o600)
	}
	if err != nil {
		return nil, errors.Join(fault.Wrap(fault.Config, err, "cannot lock %s", key), release())
	}
	return func() error { return errors.Join(os.Remove(path+".holder"), release()) }, nil
}

// maxHolderSize is more than a lockHolder takes, in bytes.
const maxHolderSize = 64 << 10

// lockTaken says who has the lock. The file with the holder can be missing for an
// instant, or be that of a process that was killed.
func lockTaken(key, note string) *fault.Error {
	var h lockHolder
	who := "another process"
	if b, err := fsutil.ReadFile(note, maxHolderSize); err == nil && json.Unmarshal(b, &h) == nil {
		who = fmt.Sprintf("process %d, since %s", h.PID, h.Since)
		if h.Run != "" {
			who = fmt.Sprintf("run %s (process %d, since %s)", h.Run, h.PID, h.Since)
		}
	}
	err := fault.New(fault.Safety, "%s is locked by %s", key, who)
	if h.Run != "" {
		return err.WithHint("wait for it to end; roamctl runs show %s shows it", h.Run)
	}
	return err.WithHint("wait for it to end; roamctl runs list --state running shows the runs")
}
