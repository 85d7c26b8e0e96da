package config

import (
	"context"
	"errors"
	"time"

	"github.com/zalando/go-keyring"

	"github.com/roamctl/roamctl/internal/fault"
)

// ErrNoSecret is the error of a Keyring's Get and Delete for a secret that it
// does not have.
var ErrNoSecret = keyring.ErrNotFound

// ErrKeyringTime is the error of a keyring that does not answer in time.
var ErrKeyringTime = errors.New("the keyring did not answer in time")

// Keyring are the calls of a keyring. They may block for ever; this package
// bounds each in time.
type Keyring struct {
	Get    func(service, account string) (string, error)
	Set    func(service, account, secret string) error
	Delete func(service, account string) error
}

// systemKeyring is the Secret Service, the macOS keychain or the Windows
// credential manager.
func systemKeyring() *Keyring { return &Keyring{keyring.Get, keyring.Set, keyring.Delete} }

const (
	// keyringMark stands in the file for a secret in the keyring, so that only
	// profiles with such a secret read the keyring.
	keyringMark = "@keyring"
	// keyringTime bounds a call: on headless machines some keyrings hang.
	keyringTime = 2 * time.Second
)

// CheckKeyring returns nil if the system keyring answers, and else why not. It
// asks for a secret that does not exist.
func (c *Config) CheckKeyring(ctx context.Context) error {
	err := bounded(ctx, func() error {
		_, err := c.options.Keyring.Get(appName, "no such account")
		return err
	})
	if errors.Is(err, ErrNoSecret) {
		return nil
	}
	return err
}

// vault keeps the secrets of one configuration file in a keyring.
type vault struct {
	ring *Keyring
	path string // the file's, which separates equal profile names of two files
}

func (v vault) account(profile, key string) string { return v.path + "#" + profile + "/" + key }

func (v vault) get(ctx context.Context, profile, key string) (Secret, error) {
	var text string
	err := bounded(ctx, func() (err error) {
		text, err = v.ring.Get(appName, v.account(profile, key))
		return err
	})
	if err == nil && text != "" {
		return NewSecret(text), nil
	}
	if ctx.Err() != nil {
		return Secret{}, ctx.Err()
	}
	message := "the system keyring does not give out the %s of profile %s"
	if err == nil || errors.Is(err, ErrNoSecret) {
		message, err = "the system keyring no longer has the %s of profile %s", nil
	}
	return Secret{}, fault.Wrap(fault.Config, err, message, key, profile).
		WithHint("unlock the keyring, set %s, or run `roamctl auth login --profile %s` again", knownKey(key).Env(), profile)
}

func (v vault) set(ctx context.Context, profile, key, secret string) error {
	return bounded(ctx, func() error { return v.ring.Set(appName, v.account(profile, key), secret) })
}

// remove deletes a secret. A missing one is no error.
func (v vault) remove(ctx context.Context, profile, key string) error {
	err := bounded(ctx, func() error { return v.ring.Delete(appName, v.account(profile, key)) })
	if errors.Is(err, ErrNoSecret) {
		return nil
	}
	return err
}

// bounded returns after keyringTime at the latest. It abandons a call that
// takes longer, because keyring libraries can't cancel one.
func bounded(ctx context.Context, call func() error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, keyringTime, ErrKeyringTime)
	defer cancel()
	result := make(chan error, 1)
	go func() { result <- call() }()
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
