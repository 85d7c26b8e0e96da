package app

import (
	"context"
	"time"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/source"
)

// From says where messages are read from: one of a backup, an export or an archive,
// or, if all are unset, the service.
type From struct {
	Backup  string // a path, or a name in the folder of backups
	Export  string // a folder
	Archive bool   // the archive of --archive, the setting or the default file
}

// Source opens what messages are read from. Close closes it.
func (a *App) Source(ctx context.Context, from From) (source.Source, error) {
	s, err := a.openSource(ctx, from)
	if err != nil {
		return nil, err
	}
	a.OnClose(s.Close)
	return s, nil
}

func (a *App) openSource(ctx context.Context, from From) (source.Source, error) {
	switch {
	case from.Export != "":
		return source.OpenExport(ctx, from.Export)
	case from.Backup != "":
		dir, err := a.BackupDir()
		if err != nil {
			return nil, err
		}
		path, err := backup.Find(dir, from.Backup)
		if err != nil {
			return nil, err
		}
		return source.OpenBackup(ctx, path)
	case from.Archive:
		return a.archiveSource(ctx)
	}
	client, err := a.Client(ctx)
	if err != nil {
		return nil, err
	}
	target, err := a.Target(ctx)
	if err != nil {
		return nil, err
	}
	fetcher, err := a.AttachmentFetcher(ctx)
	if err != nil {
		return nil, err
	}
	return source.NewLive(client, fetcher, target.Host, target.AppKey), nil
}

func (a *App) archiveSource(ctx context.Context) (source.Source, error) {
	store, err := a.Archive(ctx, ReadArchive)
	if err != nil {
		return nil, err
	}
	place, err := a.ArchivePlace()
	if err != nil {
		return nil, err
	}
	files, err := a.ArchiveFiles(place)
	if err != nil {
		return nil, err
	}
	c, err := a.Config()
	if err != nil {
		return nil, err
	}
	appKey := ""
	if !a.Global.Sandbox { // a sandbox that is reset has another App Key
		appKey = c.AppOfArchive(place)
	}
	return source.NewArchive(store, place, appKey, files), nil
}

// SourceTime returns the time by which attachments of a source expire: that of the
// service if the source is live, else this machine's.
func (a *App) SourceTime(ctx context.Context, src source.Source) (time.Time, error) {
	if src.About().Kind != source.Live {
		return a.Now(), nil
	}
	svc, err := a.Service(ctx)
	if err != nil {
		return time.Time{}, err
	}
	now, err := svc.Now(ctx)
	return now.Time, err
}
