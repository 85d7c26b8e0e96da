package app

import (
	"context"

	"github.com/roamctl/roamctl/internal/backup"
)

// BackupOptions are what all backups of this process have in common.
func (a *App) BackupOptions(ctx context.Context) (backup.Options, error) {
	target, err := a.Target(ctx)
	if err != nil {
		return backup.Options{}, err
	}
	return backup.Options{Tool: "roamctl " + a.Version, AppKey: target.AppKey, Host: target.Host, Now: a.Now}, nil
}
