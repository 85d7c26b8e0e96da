package app

import (
	"context"

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
// the one that it gets. For an automatic host it asks the discovery service anew.
func (a *App) TryCredentials(ctx context.Context, to config.Connection) error {
	s, err := a.Settings()
	if err != nil {
		return err
	}
	if to.Host == config.AutoHost {
		if to.Host, err = a.FindHost(ctx, to.AppKey, true); err != nil {
			return err
		}
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

// CachedToken describes a cached token, without its value.
type CachedToken = easemob.CachedToken

// Tokens returns the cached tokens of a profile: in a file, or in memory without a
// home folder.
func (a *App) Tokens(profile string) *easemob.TokenStore {
	path, err := config.Folders{Env: a.Getenv}.TokensFile(profile)
	if err != nil {
		path = ""
	}
	return easemob.NewTokenStore(path)
}
