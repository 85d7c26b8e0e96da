package app

import (
	"cmp"
	"os"
	"os/user"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/roamctl/roamctl/internal/audit"
	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/run"
)

// StateDir is the folder of what the tool remembers. It may not exist yet.
func (a *App) StateDir() (string, error) {
	return config.Folders{Env: a.Getenv}.State()
}

// Runs is the store of runs.
func (a *App) Runs() (*run.Store, error) {
	dir, err := a.StateDir()
	if err != nil {
		return nil, err
	}
	return run.NewStore(filepath.Join(dir, "runs"), a.Now), nil
}

// Audit is the log of destructive commands.
func (a *App) Audit() (*audit.Log, error) {
	dir, err := a.StateDir()
	if err != nil {
		return nil, err
	}
	return audit.Open(filepath.Join(dir, "audit.ndjson"), a.Now), nil
}

// syncedFolders is what WarnUnsynced knows.
type syncedFolders struct {
	known  sync.Map // the folders that it has looked at
	warned atomic.Bool
}

// WarnUnsynced warns where a power failure can take files that were just
// written to a folder, because its file system can't sync folders. It warns
// once. It is safe for concurrent use.
func (a *App) WarnUnsynced(dir string) { a.warnUnsynced(dir, fsutil.SyncsFolders) }

func (a *App) warnUnsynced(dir string, syncs func(string) bool) {
	if _, known := a.synced.known.LoadOrStore(dir, true); known || syncs(dir) {
		return
	}
	if !a.synced.warned.Swap(true) {
		a.Warn("%s is on a file system that can't sync folders: a power failure may take the newest files there", dir)
	}
}

// Operator is who runs the tool: the user of the operating system, which the
// environment says only where the system doesn't, and the host. "unknown"
// stands for what can't be found out.
func (a *App) Operator() (name, host string) {
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	host, _ = os.Hostname() // an unknown host is no reason to stop
	return cmp.Or(name, a.Getenv("USER"), a.Getenv("USERNAME"), "unknown"), cmp.Or(host, "unknown")
}
