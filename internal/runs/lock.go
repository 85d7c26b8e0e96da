package runs

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

// holder is what stands beside a lock for those who find it taken.
type holder struct {
	Key   string       `json:"key"`
	Run   string       `json:"run,omitempty"`
	PID   int          `json:"pid"`
	Since roaming.Time `json:"since"`
}

// Lock keeps runs with the same key, such as "org#app/alice", apart: between
// the processes of this machine and inside this one. It dies with its process.
// A taken one is a fault.Safety that says who has it: run is the ID of the run
// that wants it, for others to find; "" for none.
func (s *Store) Lock(key, run string) (unlock func() error, err error) {
	dir := filepath.Join(s.dir, "locks")
	if err := fsutil.Folder(dir); err != nil {
		return nil, fault.Wrap(fault.Config, err, "locking %s", key)
	}
	sum := sha256.Sum256([]byte(key)) // a name for every file system
	path := filepath.Join(dir, hex.EncodeToString(sum[:12]))
	release, free, err := fsutil.TryLock(path + ".lock")
	switch {
	case err != nil:
		return nil, fault.Wrap(fault.Config, err, "locking %s", key).WithHint("%s", fault.HintOf(err))
	case !free:
		return nil, taken(key, path+".holder")
	}
	note, err := json.Marshal(holder{Key: key, Run: run, PID: os.Getpid(), Since: roaming.Millis(s.now().UnixMilli())})
	if err == nil {
		err = os.WriteFile(path+".holder", note, 0o600)
	}
	if err != nil {
		return nil, errors.Join(fault.Wrap(fault.Config, err, "locking %s", key), release())
	}
	return func() error { return errors.Join(os.Remove(path+".holder"), release()) }, nil
}

// maxHolder is more than a note takes, in bytes.
const maxHolder = 64 << 10

// taken says who has the lock. The note can be missing for an instant, or be
// that of a process that was killed.
func taken(key, note string) *fault.Error {
	var h holder
	who := "another process"
	if b, err := fsutil.ReadFile(note, maxHolder); err == nil && json.Unmarshal(b, &h) == nil {
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
