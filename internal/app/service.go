package app

import (
	"cmp"
	"context"
	"net/http"
	"path/filepath"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/easemob"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/sandbox"
)

// Service returns the roaming service of the profile in use, or of the sandbox
// with --sandbox.
func (a *App) Service(ctx context.Context) (roaming.Service, error) {
	return a.Client(ctx)
}

// Directory returns the users of the app of the profile in use, or of the sandbox
// with --sandbox.
func (a *App) Directory(ctx context.Context) (roaming.Directory, error) {
	return a.Client(ctx)
}

// Client returns the client behind Service, made once.
func (a *App) Client(ctx context.Context) (*easemob.Client, error) {
	if a.client != nil {
		return a.client, nil
	}
	o, err := a.clientOptions(ctx)
	if err != nil {
		return nil, err
	}
	a.client, err = easemob.New(o)
	return a.client, err
}

// Request is a call as a dry run would have sent it, without its credentials.
type Request = easemob.Request

// Rehearsal is a Service for dry runs: it sends nothing, not even for a token,
// and requests returns what it would have sent so far.
func (a *App) Rehearsal(ctx context.Context) (svc roaming.Service, requests func() []Request, err error) {
	o, err := a.Target(ctx)
	if err != nil {
		return nil, nil, err
	}
	recorder := &easemob.Recorder{}
	svc, err = easemob.New(easemob.Options{Host: o.Host, AppKey: o.AppKey, AppToken: "dry-run", Transport: recorder})
	return svc, recorder.Requests, err
}

// clientOptions are put together once: a secret may come from standard input.
func (a *App) clientOptions(ctx context.Context) (easemob.Options, error) {
	if a.options != nil {
		return *a.options, nil
	}
	o, err := a.newOptions(ctx)
	if err == nil {
		a.options = &o
	}
	return o, err
}

func (a *App) newOptions(ctx context.Context) (easemob.Options, error) {
	s, err := a.Settings()
	if err != nil {
		return easemob.Options{}, err
	}
	if a.Global.Sandbox {
		return a.inSandbox(ctx, a.anyClient(s))
	}
	c, err := a.Config()
	if err != nil {
		return easemob.Options{}, err
	}
	if err := c.Contradiction(); err != nil {
		if a.destroys() {
			return easemob.Options{}, err
		}
		a.Warn("%v", err)
	}
	to, err := c.Connection(ctx)
	if err != nil {
		return easemob.Options{}, err
	}
	if to.Host == config.AutoHost {
		if to.Host, err = a.FindHost(ctx, to.AppKey, false); err != nil {
			return easemob.Options{}, err
		}
	}
	return a.hosted(s, to)
}

// destroys reports whether the command asks before it acts, and so changes what
// the service keeps.
func (a *App) destroys() bool { return a.Flags != nil && a.Flags.Lookup("yes") != nil }

// anyClient are the options that have nothing to do with where the service is.
func (a *App) anyClient(s config.Settings) easemob.Options {
	o := easemob.Options{
		Retry:     easemob.Retry{Attempts: s.Retries + 1, Timeout: s.Timeout},
		UserAgent: "roamctl/" + a.Version,
		Secrets:   a.secrets,

		HistoryToken: easemob.HistoryToken(s.HistoryToken),

		Warn:       func(err error) { a.Warn("%v", err) },
		OnFullList: a.onFullList,
	}
	switch s.HistoryFilesZone {
	case "Beijing":
		o.HistoryFilesZone = easemob.Beijing()
	case "UTC":
		o.HistoryFilesZone = time.UTC
	}
	if a.Global.Debug {
		o.Trace = a.trace
	}
	return o
}

// hosted are the options for the hosted service.
func (a *App) hosted(s config.Settings, to config.Connection) (easemob.Options, error) {
	o := a.anyClient(s)
	o.Host, o.AppKey = to.Host, to.AppKey
	o.ClientID, o.ClientSecret, o.AppToken = to.ClientID, to.ClientSecret.Reveal(), to.AppToken.Reveal()
	if s.Limits {
		o.Limiter = limiter.New(limiter.Options{Limits: limits(s), Budgets: a.budgets(to)})
	} else if !config.IsLocal(to.Host) {
		a.Warn("limits are off: requests to %s are not rate limited", to.Host)
	}
	o.Tokens, o.Findings = a.Tokens(to.Profile), a.findings()
	transport, err := Transport(s, s.Timeout)
	if err != nil {
		return o, err
	}
	o.Transport = transport
	return o, nil
}

// Transport makes the HTTP transport of a profile: with its CA file, the
// environment's proxies, TLS 1.2 at least, and a timeout for an answer's header.
func Transport(s config.Settings, header time.Duration) (*http.Transport, error) {
	return easemob.NewTransport(s.CAFile, header)
}

// SandboxHost is where --sandbox works.
const SandboxHost = "http://sandbox.localhost"

// inSandbox completes the options with the embedded service, reached without a
// socket and seeded with a demo on first use.
func (a *App) inSandbox(ctx context.Context, o easemob.Options) (easemob.Options, error) {
	box, err := a.OpenSandbox(ctx)
	if err != nil {
		return o, err
	}
	to := box.Credentials()
	o.Host, o.AppKey, o.ClientID, o.ClientSecret = SandboxHost, to.AppKey, to.ClientID, to.ClientSecret
	o.Transport = box.Transport()
	o.HistoryFilesZone = cmp.Or(o.HistoryFilesZone, easemob.Beijing()) // the sandbox's default
	return o, nil
}

// OpenSandbox opens the sandbox on its data folder, once.
func (a *App) OpenSandbox(ctx context.Context) (*sandbox.Sandbox, error) {
	if a.sandbox != nil {
		return a.sandbox, nil
	}
	c, err := a.Config()
	if err != nil {
		return nil, err
	}
	dir, err := c.SandboxDir()
	if err != nil {
		return nil, err
	}
	s, err := a.Settings()
	if err != nil {
		return nil, err
	}
	box, err := sandbox.Open(ctx, sandbox.Options{Dir: filepath.Clean(dir), Now: a.Now, Zone: s.Location, Log: a.Warn})
	if err != nil {
		return nil, err
	}
	a.OnClose(box.Close)
	seeded, err := box.SeedDemo(ctx)
	if err != nil {
		return nil, err
	}
	if seeded {
		a.Note("the sandbox in %s is new: it has demo users alice, bob and others", dir)
	}
	a.sandbox = box
	return box, nil
}

// trace prints one HTTP attempt for --debug; its secrets were taken out.
func (a *App) trace(x easemob.Attempt) {
	outcome := http.StatusText(x.Status)
	if x.Err != "" {
		outcome = x.Err
	}
	a.Print("debug: ", "%s %s %s -> %d %s, attempt %d, %s, %s",
		x.Method, x.URL, x.Body, x.Status, outcome, x.Number, humanize.Bytes(uint64(x.ResponseBytes)), x.Duration.Round(time.Microsecond)) //nolint:gosec // a length is not negative
}
