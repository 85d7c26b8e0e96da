package app

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"path/filepath"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/sandbox"
	"github.com/roamctl/roamctl/internal/sandbox/admin"
)

// StartedSandbox tells whether a flag or the environment names the host of a
// started sandbox. A host that a profile names is the hosted service's.
func (a *App) StartedSandbox() (bool, error) {
	if a.Global.Sandbox {
		return false, nil
	}
	c, err := a.Config()
	if err != nil {
		return false, err
	}
	host, err := c.Value("host")
	if err != nil {
		return false, err
	}
	from := string(host.Source)
	return strings.HasPrefix(from, "flag") || strings.HasPrefix(from, "env"), nil
}

// SandboxIn opens a sandbox with its data in a folder. One that can't be used is
// a fault.Config.
func (a *App) SandboxIn(ctx context.Context, o sandbox.Options) (*sandbox.Sandbox, error) {
	o.Now, o.Log = a.Now, a.Warn
	box, err := sandbox.Open(ctx, o)
	if _, unusable := errors.AsType[*fs.PathError](err); unusable {
		err = fault.Wrap(fault.Config, err, "the sandbox can't be opened")
	}
	return box, err
}

// SandboxAdmin reaches a sandbox for what only a sandbox does: the one in the
// folder dir or, for "", the started one that StartedSandbox tells of, else
// that of --sandbox.
func (a *App) SandboxAdmin(ctx context.Context, dir string) (*admin.Client, error) {
	if dir != "" {
		box, err := a.SandboxIn(ctx, sandbox.Options{Dir: filepath.Clean(dir)})
		if err != nil {
			return nil, err
		}
		a.closers = append(a.closers, box.Close)
		return box.Admin()
	}
	started, err := a.StartedSandbox()
	if err != nil {
		return nil, err
	}
	if !started {
		box, err := a.OpenSandbox(ctx)
		if err != nil {
			return nil, err
		}
		return box.Admin()
	}
	c, err := a.Config()
	if err != nil {
		return nil, err
	}
	to, err := c.Connection(ctx)
	if err != nil {
		return nil, err
	}
	client, err := a.Client(ctx)
	if err != nil {
		return nil, err
	}
	token, err := client.AppToken(ctx)
	if err != nil {
		return nil, err
	}
	settings, err := a.Settings()
	if err != nil {
		return nil, err
	}
	transport, err := transportFor(settings, max(settings.Timeout, admin.EventsTimeout))
	if err != nil {
		return nil, err
	}
	url := to.Host
	if !strings.Contains(url, "://") {
		url = "https://" + url
	}
	return &admin.Client{URL: url, Token: token.Value, Transport: transport}, nil
}

// SandboxFault says what an error of an admin.Client means for the user.
func SandboxFault(err error) error {
	if err == nil {
		return nil
	}
	refused, ok := errors.AsType[*admin.Error](err)
	switch {
	case !ok:
		return fault.Wrap(fault.Network, err, "reaching the sandbox").
			WithHint("is it started? ROAMCTL_HOST or --host says where")
	case refused.Status == http.StatusUnauthorized:
		return fault.Wrap(fault.Auth, err, "using the sandbox")
	case refused.Status == http.StatusNotFound:
		return fault.Wrap(fault.NotFound, err, "using the sandbox").
			WithHint("ROAMCTL_HOST or --host must be the URL that roamctl sandbox start printed")
	case refused.Status >= http.StatusInternalServerError:
		return fault.Wrap(fault.Network, err, "using the sandbox")
	default:
		return fault.Wrap(fault.Refused, err, "using the sandbox")
	}
}
