package app

import "path/filepath"

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
