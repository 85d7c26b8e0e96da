package app

import (
	"cmp"
	"os"
	"os/user"
	"path/filepath"

	"github.com/roamctl/roamctl/internal/audit"
	"github.com/roamctl/roamctl/internal/config"
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

// BackupDir is the folder of backups, absolute: --backup-dir, the profile's
// backup_dir, or backups in the state folder. It may not exist yet.
func (a *App) BackupDir() (string, error) {
	c, err := a.Config()
	if err != nil {
		return "", err
	}
	dir, err := c.BackupDir()
	if err != nil {
		return "", err
	}
	return filepath.Abs(dir)
}
