package app

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/easemob"
)

// Reach is how the service is reached, as far as the configuration says. Client
// is nil if Err says why; Host and Transport may be known nevertheless.
type Reach struct {
	Profile, Host, AppKey string
	Transport             http.RoundTripper
	Timeout               time.Duration // of an attempt
	Client                *easemob.Client
	Err                   error
	// Discover, if not nil, asks the vendor where the App Key's host is: only where
	// the host is the vendor's, who then knows the App Key anyway.
	Discover func(context.Context) (string, error)
}

// Reach returns how the service is reached, with a client whose attempts take at
// most timeout.
func (a *App) Reach(ctx context.Context, timeout time.Duration) Reach {
	o, err := a.clientOptions(ctx)
	if err == nil {
		o.Retry.Timeout = min(o.Retry.Timeout, timeout)
		r := Reach{Host: o.Host, AppKey: o.AppKey, Transport: o.Transport, Timeout: o.Retry.Timeout}
		r.Client, r.Err = easemob.New(o)
		if r.Profile = "sandbox"; !a.Global.Sandbox {
			r.Profile = a.config.Profile()
		}
		if easemob.IsVendorHost(strings.TrimPrefix(o.Host, "https://")) {
			r.Discover = func(ctx context.Context) (string, error) { return a.FindHost(ctx, o.AppKey, true) }
		}
		return r
	}
	r := Reach{Err: err, Timeout: timeout}
	c, failed := a.Config()
	if failed != nil || a.Global.Sandbox {
		return r
	}
	s, _ := c.Settings() // their defaults stand in for malformed ones
	r.Profile, r.Timeout = c.Profile(), min(s.Timeout, timeout)
	r.AppKey, _ = valid(c, "app_key")
	host, ok := valid(c, "host")
	if host == config.AutoHost {
		host = a.KnownHost(r.AppKey)
	}
	if ok && host != "" && r.AppKey != "" && c.CheckHost(host) == nil {
		if transport, err := Transport(s, timeout); err == nil {
			r.Host, r.Transport = host, transport
		}
	}
	return r
}

// valid returns a setting in its normal form; ok is false if it is missing or
// malformed.
func valid(c *config.Config, name string) (text string, ok bool) {
	v := c.Value(name)
	text, err := v.Key.Check(v.Text)
	return text, err == nil && v.Text != ""
}

// Redact returns text without the secrets in use.
func (a *App) Redact(text string) string { return a.secrets.Text(text) }

// ConfigWithoutFile returns the configuration that flags and environment make
// alone, for when the file can't be used.
func (a *App) ConfigWithoutFile() (*config.Config, error) {
	return config.Load(config.Options{Profile: a.Global.Profile, Flags: a.Flags, Env: func(name string) string {
		switch name {
		case "HOME", "XDG_CONFIG_HOME", "AppData", config.EnvConfig: // where the file would be
			return ""
		}
		return a.Getenv(name)
	}})
}
