package config_test

import (
	"errors"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/fault"
)

// fakeRing is a keyring in memory that can fail or hang.
type fakeRing struct {
	held  map[string]string
	calls int
	err   error
	hang  chan struct{} // calls wait for it to be closed
}

func (r *fakeRing) keyring() *config.Keyring {
	return &config.Keyring{Get: r.Get, Set: r.Set, Delete: r.Delete}
}

func (r *fakeRing) call() error {
	r.calls++
	if r.hang != nil {
		<-r.hang
	}
	return r.err
}

func (r *fakeRing) Get(_, account string) (string, error) {
	if err := r.call(); err != nil {
		return "", err
	}
	if s, ok := r.held[account]; ok {
		return s, nil
	}
	return "", config.ErrNoSecret
}

func (r *fakeRing) Set(_, account, secret string) error {
	if err := r.call(); err != nil {
		return err
	}
	if r.held == nil {
		r.held = map[string]string{}
	}
	r.held[account] = secret
	return nil
}

func (r *fakeRing) Delete(_, account string) error {
	if err := r.call(); err != nil {
		return err
	}
	if _, ok := r.held[account]; !ok {
		return config.ErrNoSecret
	}
	delete(r.held, account)
	return nil
}

func profiles(t *testing.T, o config.Options) *config.Profiles {
	t.Helper()
	p, err := load(t, o).Profiles()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func login(t *testing.T, o config.Options) config.Change {
	t.Helper()
	change, err := profiles(t, o).Login(t.Context(), "prod", map[string]string{
		"host": "h.example", "app_key": "org#app", "client_id": "id", "client_secret": "s3cr3t",
	})
	if err != nil {
		t.Fatal(err)
	}
	return change
}

func TestKeyringHoldsSecrets(t *testing.T) {
	ring := &fakeRing{}
	o := config.Options{Path: written(t, ""), Keyring: ring.keyring()}
	change := login(t, o)
	if len(change.InKeyring) != 1 || len(change.InFile) != 0 || !change.Created || !change.Current {
		t.Errorf("change %+v", change)
	}
	fileLacks(t, o.Path, "s3cr3t")
	c := load(t, o)
	if v := c.Value("client_secret"); v.Source != "keyring" || v.Text != "****" {
		t.Errorf("value %q from %q", v.Text, v.Source)
	}
	if got, err := c.Connection(t.Context()); err != nil || got.ClientSecret.Reveal() != "s3cr3t" {
		t.Errorf("secret %q, %v", got.ClientSecret.Reveal(), err)
	}

	_, err := profiles(t, o).Set(t.Context(), "prod", map[string]string{"client_secret": "new", "timeout": "bad"})
	problem(t, err, fault.Usage, "timeout")
	if err := profiles(t, o).Rename(t.Context(), "prod", "live"); err != nil {
		t.Fatal(err)
	}
	if got, err := load(t, o).Connection(t.Context()); err != nil || got.Profile != "live" || got.ClientSecret.Reveal() != "s3cr3t" {
		t.Errorf("after the rename: %q, %v", got.ClientSecret.Reveal(), err)
	}
	if err := profiles(t, o).Remove(t.Context(), "live"); err != nil || len(ring.held) != 0 {
		t.Errorf("the keyring keeps %v, %v", maps.Collect(maps.All(ring.held)), err)
	}
}

func TestKeyringIsAskedOnlyWhenNeeded(t *testing.T) {
	ring := &fakeRing{err: errors.New("asked")}
	for name, o := range map[string]config.Options{
		"in the file":     {Path: written(t, full)},
		"in the env":      {Path: written(t, "current: p\nprofiles: {p: {host: h, app_key: o#a, client_id: i, client_secret: '@keyring'}}"), Env: env("ROAMCTL_CLIENT_SECRET", "e")},
		"an app token":    {Path: written(t, "current: p\nprofiles: {p: {host: h, app_key: o#a, app_token: t}}")},
		"keyring is off":  {Path: written(t, full), Env: env("ROAMCTL_KEYRING", "off")},
		"nothing missing": {Path: written(t, ""), Env: env("ROAMCTL_HOST", "h", "ROAMCTL_APP_KEY", "o#a", "ROAMCTL_APP_TOKEN", "t")},
	} {
		o.Keyring = ring.keyring()
		c := load(t, o)
		c.Values()
		if _, err := c.Connection(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if change := login(t, config.Options{Path: written(t, ""), Keyring: ring.keyring(), Env: env("ROAMCTL_KEYRING", "off")}); len(change.InFile) != 1 {
		t.Errorf("change %+v", change)
	}
	if ring.calls != 0 {
		t.Errorf("the keyring was asked %d times", ring.calls)
	}
}

func TestKeyringThatFailsFallsBack(t *testing.T) {
	o := config.Options{Path: written(t, ""), Keyring: (&fakeRing{err: errors.New("exec: dbus-launch: not found")}).keyring()}
	if change := login(t, o); len(change.InFile) != 1 || len(change.InKeyring) != 0 {
		t.Errorf("change %+v", change)
	}
	if got, err := load(t, o).Connection(t.Context()); err != nil || got.ClientSecret.Reveal() != "s3cr3t" {
		t.Errorf("secret %q, %v", got.ClientSecret.Reveal(), err)
	}
}

func TestKeyringThatHangsFallsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ring := &fakeRing{hang: make(chan struct{})}
		defer close(ring.hang)
		o := config.Options{Path: written(t, ""), Keyring: ring.keyring()}
		start := time.Now()
		if change := login(t, o); len(change.InFile) != 1 {
			t.Errorf("change %+v", change)
		}
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("waited %v", took)
		}
	})
}

func TestKeyringLostASecret(t *testing.T) {
	text := "current: p\nprofiles: {p: {host: h, app_key: o#a, client_id: i, client_secret: '@keyring'}}"
	for say, err := range map[string]error{"no longer has": nil, "does not give out": errors.New("locked")} {
		c := load(t, config.Options{Path: written(t, text), Keyring: (&fakeRing{err: err}).keyring()})
		_, got := c.Connection(t.Context())
		problem(t, got, fault.Config, say, "ROAMCTL_CLIENT_SECRET", "auth login --profile p")
	}
}
