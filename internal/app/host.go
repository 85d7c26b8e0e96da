package app

import (
	"context"

	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/easemob"
)

// FindHost returns the REST host of an App Key by the vendor's discovery service: the
// one found earlier, unless anew is true or there is none.
func (a *App) FindHost(ctx context.Context, appKey string, anew bool) (string, error) {
	d, err := a.discovery()
	if err != nil {
		return "", err
	}
	if host := d.Known(appKey); host != "" && !anew {
		return host, nil
	}
	host, err := d.Find(ctx, appKey)
	if err == nil {
		a.Note("App Key %s is at %s, says the vendor's discovery service", appKey, host)
	}
	return host, err
}

// KnownHost returns the host that FindHost found earlier, or "".
func (a *App) KnownHost(appKey string) string {
	return easemob.Discovery{Findings: a.findings()}.Known(appKey)
}

func (a *App) discovery() (easemob.Discovery, error) {
	s, err := a.Settings()
	if err != nil {
		return easemob.Discovery{}, err
	}
	transport, err := Transport(s, s.Timeout)
	if err != nil {
		return easemob.Discovery{}, err
	}
	a.OnClose(func() error { transport.CloseIdleConnections(); return nil })
	return easemob.Discovery{
		Transport: transport, Findings: a.findings(), Timeout: s.Timeout,
		UserAgent: "roamctl/" + a.Version, Warn: func(err error) { a.Warn("%v", err) },
	}, nil
}

// findings returns what was found out about the service: in a file, or in memory
// without a home folder.
func (a *App) findings() *easemob.Findings {
	path, err := config.Folders{Env: a.Getenv}.ServiceFile()
	if err != nil {
		path = ""
	}
	return easemob.NewFindings(path)
}
