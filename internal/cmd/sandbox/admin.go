package sandbox

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"strings"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/sandbox"
	"github.com/roamctl/roamctl/internal/sandbox/admin"
)

// open opens a sandbox with the program's clock, zone and warnings.
func open(ctx context.Context, a *app.App, o sandbox.Options) (*sandbox.Sandbox, error) {
	s, err := a.Settings()
	if err != nil {
		return nil, err
	}
	o.Now, o.Zone, o.Log = a.Now, s.Location, a.Warn
	return sandbox.Open(ctx, o)
}

// isStarted reports whether a flag or the environment names the host of a
// started sandbox. A host that a profile names is the hosted service's.
func isStarted(a *app.App) (bool, error) {
	if a.Global.Sandbox {
		return false, nil
	}
	c, err := a.Config()
	if err != nil {
		return false, err
	}
	return c.Value("host").IsOverride(), nil
}

// administer returns a client for the routes that only a sandbox has: of the
// one in the folder dir or, for "", of the started one, else of that of
// --sandbox.
func administer(ctx context.Context, a *app.App, dir string) (*admin.Client, error) {
	if dir != "" {
		box, err := open(ctx, a, sandbox.Options{Dir: filepath.Clean(dir)})
		if err != nil {
			return nil, err
		}
		a.OnClose(box.Close)
		return box.Admin()
	}
	started, err := isStarted(a)
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
	transport, err := app.Transport(settings, max(settings.Timeout, admin.EventsTimeout))
	if err != nil {
		return nil, err
	}
	url := to.Host
	if !strings.Contains(url, "://") {
		url = "https://" + url
	}
	return &admin.Client{URL: url, Token: token.Value, Transport: transport}, nil
}

// asFault gives an error of an admin.Client its kind and a hint.
func asFault(err error) error {
	if err == nil {
		return nil
	}
	refused, ok := errors.AsType[*admin.Error](err)
	switch {
	case !ok:
		return fault.Wrap(fault.Network, err, "cannot reach the sandbox").
			WithHint("start it, or name another one with ROAMCTL_HOST or --host")
	case refused.Status == http.StatusUnauthorized:
		return fault.Wrap(fault.Auth, err, "cannot use the sandbox")
	case refused.Status == http.StatusNotFound:
		return fault.Wrap(fault.NotFound, err, "cannot use the sandbox").
			WithHint("ROAMCTL_HOST or --host must be the URL that roamctl sandbox start printed")
	case refused.Status >= http.StatusInternalServerError:
		return fault.Wrap(fault.Network, err, "cannot use the sandbox")
	default:
		return fault.Wrap(fault.Refused, err, "cannot use the sandbox")
	}
}
