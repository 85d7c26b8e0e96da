package config

import (
	"context"
	"errors"
	"time"

	"github.com/zalando/go-keyring"

	"github.com/roamctl/roamctl/internal/fault"
)

// ErrNoSecret is what a Keyring's Get and Delete say when it answers but does
// not have the secret.
var ErrNoSecret = keyring.ErrNotFound

// Keyring is a place of the system's for secrets. Calls may block for ever:
// this package gives each a bounded time.
type Keyring interface {
	Get(service, account string) (string, error)
	Set(service, account, secret string) error
	Delete(service, account string) error
}

// systemKeyring is the Secret Service, the macOS keychain or the Windows
// credential manager.
type systemKeyring struct{}

func (systemKeyring) Get(service, account string) (string, error) {
	return keyring.Get(service, account)
}

func (systemKeyring) Set(service, account, secret string) error {
	return keyring.Set(service, account, secret)
}

func (systemKeyring) Delete(service, account string) error {
	return keyring.Delete(service, account)
}

const (
	// keyringMark stands in the file for a secret that the keyring holds, so
	// that the keyring is asked only when something was put there.
	keyringMark = "@keyring"
	// keyringTime bounds a call: headless machines have keyrings that hang.
	keyringTime = 2 * time.Second
)

// vault keeps the secrets of one configuration file in a keyring.
type vault struct {
	ring Keyring
	path string // the file's, which keeps apart equal profile names of two files
}

func (v vault) account(profile, key string) string { return v.path + "#" + profile + "/" + key }

func (v vault) get(ctx context.Context, profile, key string) (Secret, error) {
	s, err := bounded(ctx, func() (string, error) { return v.ring.Get(appName, v.account(profile, key)) })
	if err == nil && s != "" {
		return NewSecret(s), nil
	}
	if ctx.Err() != nil {
		return Secret{}, ctx.Err()
	}
	message := "the system keyring does not give out the %s of profile %s"
	if err == nil || errors.Is(err, ErrNoSecret) {
		message, err = "the system keyring has no %s of profile %s any more", nil
	}
	return Secret{}, fault.Wrap(fault.Config, err, message, key, profile).
		WithHint("unlock the keyring, set %s, or run `roamctl auth login --profile %s` again", Key{Name: key}.Env(), profile)
}

func (v vault) set(ctx context.Context, profile, key, secret string) error {
	_, err := bounded(ctx, func() (struct{}, error) {
		return struct{}{}, v.ring.Set(appName, v.account(profile, key), secret)
	})
	return err
}

// remove deletes a secret; one that is not there is no error.
func (v vault) remove(ctx context.Context, profile, key string) error {
	_, err := bounded(ctx, func() (struct{}, error) {
		return struct{}{}, v.ring.Delete(appName, v.account(profile, key))
	})
	if errors.Is(err, ErrNoSecret) {
		return nil
	}
	return err
}

// bounded gives up on call after keyringTime and leaves it to itself: the
// libraries below offer no way to stop it.
func bounded[T any](ctx context.Context, call func() (T, error)) (T, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, keyringTime, errors.New("the keyring did not answer in time"))
	defer cancel()
	type answer struct {
		value T
		err   error
	}
	answers := make(chan answer, 1)
	go func() {
		value, err := call()
		answers <- answer{value, err}
	}()
	select {
	case a := <-answers:
		return a.value, a.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}
