package easemob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"

	"golang.org/x/sync/singleflight"

	"github.com/roamctl/roamctl/internal/fault"
)

// identity is whose token a call carries.
type identity struct {
	none bool   // no token at all: the request for one
	user string // "" is the app itself
}

func asApp() identity             { return identity{} }
func asUser(user string) identity { return identity{user: user} }
func anonymous() identity         { return identity{none: true} }

// tokens finds, makes, asks for and remembers tokens.
type tokens struct {
	c            *Client
	clientID     string
	clientSecret string
	store        TokenStore
	warn         func(error)
	keyPrefix    string
	requests     singleflight.Group

	mu      sync.Mutex
	given   string // Options.AppToken, until the service refuses it
	inherit bool   // dynamic tokens were refused and inherited ones work
}

func newTokens(c *Client, o Options) *tokens {
	t := &tokens{
		c: c, clientID: o.ClientID, clientSecret: o.ClientSecret,
		store: o.Tokens, warn: o.Warn, given: o.AppToken,
	}
	if t.store == nil {
		t.store = MemoryTokens()
	}
	// Tokens are kept for the credentials that got them: other credentials
	// start anew.
	by := sha256.Sum256([]byte(strings.Join([]string{o.ClientID, o.ClientSecret, o.AppToken}, "\n")))
	t.keyPrefix = strings.Join([]string{c.host, c.app.String(), hex.EncodeToString(by[:6])}, " ")
	return t
}

func (t *tokens) hasCredentials() bool { return t.clientID != "" && t.clientSecret != "" }

func (t *tokens) key(as identity) string {
	if as.user == "" {
		return t.keyPrefix
	}
	return t.keyPrefix + " " + as.user
}

// AppToken is the token of the app itself: the given one, or one asked for
// with the app's credentials. Errors are of kind fault.Auth, fault.NotFound
// (no such app) or fault.Network.
func (c *Client) AppToken(ctx context.Context) (Token, error) { return c.tokens.get(ctx, asApp()) }

// UserToken is a token of a user: made offline when the app's credentials are
// known and the service takes such tokens, else asked for. A token made
// offline says nothing about whether the user exists.
func (c *Client) UserToken(ctx context.Context, user string) (Token, error) {
	if user == "" {
		return Token{}, fault.New(fault.Usage, "a user token needs a user ID")
	}
	return c.tokens.get(ctx, asUser(user))
}

// get is the token to try first.
func (t *tokens) get(ctx context.Context, as identity) (Token, error) {
	if as.none {
		return Token{}, nil
	}
	t.mu.Lock()
	given, inherit := t.given, t.inherit
	t.mu.Unlock()
	if as.user == "" && given != "" {
		return Token{Value: given, Grant: GrantGiven}, nil
	}
	now := t.c.clock.Now()
	if token, ok := t.store.Load(t.key(as)); ok && token.fresh(now) {
		return token, nil
	}
	if as.user != "" && t.hasCredentials() && !inherit {
		return dynamicToken(t.c.app, t.clientID, t.clientSecret, as.user, now)
	}
	return t.request(ctx, as, Token{})
}

// renew is a token in place of one that got a 401. In place of a user's it is
// always an inherited one, because making another offline changes nothing.
func (t *tokens) renew(ctx context.Context, as identity, refused Token) (Token, error) {
	if refused.Grant == GrantGiven {
		if !t.hasCredentials() {
			f := fault.New(fault.Auth, "the service refuses the app token for %s", t.c.app)
			f.Status = http.StatusUnauthorized
			return Token{}, f.WithHint("it may have lapsed: get a new app token, or set client ID and client secret so that roamctl can")
		}
		t.mu.Lock()
		t.given = ""
		t.mu.Unlock()
	}
	return t.request(ctx, as, refused)
}

// worked is told of every call that went well, with the token that was
// refused before, if one was: an app whose dynamic tokens are refused and
// whose inherited ones work is not tried with dynamic ones again.
func (t *tokens) worked(as identity, refused Token) {
	if as.user != "" && refused.Grant == GrantDynamic {
		t.mu.Lock()
		t.inherit = true
		t.mu.Unlock()
	}
}

// request asks the service for a token, once for all callers that need the
// same one at that moment.
func (t *tokens) request(ctx context.Context, as identity, refused Token) (Token, error) {
	key := t.key(as)
	for {
		ch := t.requests.DoChan(key, func() (any, error) {
			now := t.c.clock.Now()
			if token, ok := t.store.Load(key); ok && token.fresh(now) && token.Value != refused.Value {
				return grant{token: token}, nil // another caller was quicker
			}
			token, err := t.ask(ctx, as)
			if err != nil {
				return grant{abandoned: ctx.Err() != nil}, err
			}
			if err := t.store.Save(key, token); err != nil && t.warn != nil {
				t.warn(err)
			}
			return grant{token: token}, nil
		})
		select {
		case <-ctx.Done():
			return Token{}, fault.Wrap(fault.KindOf(ctx.Err()), ctx.Err(), "asking for a token")
		case r := <-ch:
			g, _ := r.Val.(grant)
			if g.abandoned && ctx.Err() == nil {
				continue // the caller whose request it was gave up, we did not
			}
			return g.token, r.Err
		}
	}
}

// grant is the outcome of a shared token request.
type grant struct {
	token     Token
	abandoned bool // the context of the caller who sent it ended
}
