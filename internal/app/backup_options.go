package app

import (
	"context"
	"net/http"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/backup/attachments"
	"github.com/roamctl/roamctl/internal/easemob"
)

// BackupOptions are what all backups of this process have in common.
// Attachments are fetched as their URLs say; those of the sandbox's demo name
// hosts that do not exist.
func (a *App) BackupOptions(ctx context.Context) (backup.Options, error) {
	target, err := a.Target(ctx)
	if err != nil {
		return backup.Options{}, err
	}
	transport, err := a.attachmentTransport()
	if err != nil {
		return backup.Options{}, err
	}
	return backup.Options{
		Tool: "roamctl " + a.Version, AppKey: target.AppKey, Host: target.Host, Now: a.Now,
		Fetcher: attachments.New(attachments.Options{Transport: transport}),
	}, nil
}

// attachmentTransport has no credentials, and trusts whom the client trusts.
func (a *App) attachmentTransport() (http.RoundTripper, error) {
	s, err := a.Settings()
	if err != nil {
		return nil, err
	}
	return easemob.NewTransport(easemob.TransportOptions{CAFile: s.CAFile, HeaderTimeout: s.Timeout})
}
