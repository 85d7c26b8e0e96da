package app

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/easemob"
	"github.com/roamctl/roamctl/internal/sandbox"
)

// Token is an app token or a user token.
type Token = easemob.Token

// CachedToken is what may be shown of a token that is kept between commands.
type CachedToken = easemob.CachedToken

// Token is an app token, or with a user a token of that user.
func (a *App) Token(ctx context.Context, user string) (Token, error) {
	c, err := a.Client(ctx)
	if err != nil {
		return Token{}, err
	}
	if user == "" {
		return c.AppToken(ctx)
	}
	return c.UserToken(ctx, user)
}

// Verify is nil when the service accepts the credentials in use, a fault.Auth
// when it refuses them.
func (a *App) Verify(ctx context.Context) error {
	c, err := a.Client(ctx)
	if err != nil {
		return err
	}
	return c.Verify(ctx)
}

// TryCredentials is Verify for credentials that are not saved yet. With a
// client secret it asks for an app token, whatever tokens are kept, and keeps
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
	if o.Tokens == nil {
		o.Tokens = easemob.MemoryTokens()
	}
	o.Tokens = freshTokens{o.Tokens}
	c, err := easemob.New(o)
	if err != nil {
		return err
	}
	if to.AppToken.IsZero() {
		_, err = c.AppToken(ctx)
		return err
	}
	return c.Verify(ctx)
}

// freshTokens keeps tokens and gives none out.
type freshTokens struct{ easemob.TokenStore }

func (freshTokens) Load(string) (Token, bool) { return Token{}, false }

// CachedTokens are the tokens that are kept for a profile.
func (a *App) CachedTokens(profile string) []CachedToken {
	path, err := a.tokensFile(profile)
	if err != nil {
		return nil
	}
	return easemob.CachedTokens(path, a.Now())
}

// ForgetTokens deletes the tokens that are kept for a profile, and tells
// whether there was a file of them.
func (a *App) ForgetTokens(profile string) (bool, error) {
	path, err := a.tokensFile(profile)
	if err != nil {
		return false, err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return true, easemob.FileTokens(path).Clear()
}

func (a *App) tokensFile(profile string) (string, error) {
	return config.Folders{Env: a.Getenv}.TokensFile(profile)
}

// SandboxCredentials are those of the sandbox that --sandbox works on.
func (a *App) SandboxCredentials(ctx context.Context) (sandbox.Credentials, error) {
	box, err := a.OpenSandbox(ctx)
	if err != nil {
		return sandbox.Credentials{}, err
	}
	return box.Credentials(), nil
}
