package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/easemob"
)

// Token returns a token of the app, or of a user unless that is "".
func Token(ctx context.Context, a *App, user string) (easemob.Token, error) {
	c, err := a.Client(ctx)
	switch {
	case err != nil:
		return easemob.Token{}, err
	case user == "":
		return c.AppToken(ctx)
	default:
		return c.UserToken(ctx, user)
	}
}

// TryCredentials checks credentials that are not saved yet. With a
// client secret it requests an app token, whatever tokens are kept, and keeps
// the one that it gets.
func (a *App) TryCredentials(ctx context.Context, to config.Connection) error {
	s, err := a.Settings()
	if err != nil {
		return err
	}
	o, err := a.hosted(s, to)
	if err != nil {
		return err
	}
	c, err := easemob.New(o)
	if err != nil {
		return err
	}
	if to.AppToken.IsZero() {
		_, err = c.NewAppToken(ctx)
		return err
	}
	return c.Verify(ctx)
}

// Tokens is the file of the tokens that are kept for a profile. Its path is ""
// without a home folder.
type Tokens struct {
	path string
	now  func() time.Time
}

// Tokens returns the tokens that are kept for a profile.
func (a *App) Tokens(profile string) Tokens {
	path, err := config.Folders{Env: a.Getenv}.TokensFile(profile)
	if err != nil {
		path = ""
	}
	return Tokens{path, a.Now}
}

// List returns what may be shown of the tokens.
func (t Tokens) List() []easemob.CachedToken {
	return easemob.CachedTokens(t.path, t.now())
}

// Forget deletes the tokens, and reports whether there was a file of them.
func (t Tokens) Forget() (bool, error) {
	if _, err := os.Stat(t.path); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return true, easemob.NewTokenStore(t.path).Clear()
}
