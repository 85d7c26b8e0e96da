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
	none bool   // no token: the request for one
	user string // "" is the app itself
}

func asApp() identity             { return identity{} }
func asUser(user string) identity { return identity{user: user} }

// tokens makes, requests and caches tokens.
type tokens struct {
	c            *Client
	clientID     string
	clientSecret string
	store        *TokenStore
	warn         func(error)
	keyPrefix    string
	requests     singleflight.Group

	mu      sync.Mutex
	given   string // Options.AppToken, until the service refuses it
	inherit bool   // the service refuses dynamic tokens and accepts inherited ones
}

func newTokens(c *Client, o Options) *tokens {
	t := &tokens{
		c: c, clientID: o.ClientID, clientSecret: o.ClientSecret,
		store: o.Tokens, warn: o.Warn, given: o.AppToken,
	}
	if t.store == nil {
		t.store = NewTokenStore("")
	}
	// Other credentials do not share the tokens of these.
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

// AppToken returns the app's token: the given one, or one requested with the app's
// credentials. Errors are of kind fault.Auth, fault.NotFound (no such app) or
// fault.Network.
func (c *Client) AppToken(ctx context.Context) (Token, error) { return c.tokens.get(ctx, asApp()) }

// NewAppToken requests an app token with the app's credentials, even if a usable one
// is in the store.
func (c *Client) NewAppToken(ctx context.Context) (Token, error) {
	stored, _ := c.tokens.store.load(c.tokens.key(asApp()))
	return c.tokens.request(ctx, asApp(), stored)
}

// UserToken returns a user's token: made offline when the app's credentials are
// known and the service accepts such tokens, else requested. One made offline does
// not prove that the user exists.
func (c *Client) UserToken(ctx context.Context, user string) (Token, error) {
	if user == "" {
		return Token{}, fault.New(fault.Usage, "a user token needs a user ID")
	}
	return c.tokens.get(ctx, asUser(user))
}

// get returns the token to try first.
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
	if token, ok := t.store.load(t.key(as)); ok && token.fresh(now) {
		return token, nil
	}
	if as.user != "" && t.hasCredentials() && !inherit {
		return dynamicToken(t.c.app, t.clientID, t.clientSecret, as.user, now)
	}
	return t.request(ctx, as, Token{})
}

// renew returns a token to replace one that got a 401. A user's is always
// requested: another one made offline would be the same.
func (t *tokens) renew(ctx context.Context, as identity, refused Token) (Token, error) {
	if refused.Grant == GrantGiven {
		if !t.hasCredentials() {
			f := fault.New(fault.Auth, "the service refuses the app token for %s", t.c.app)
			f.Status = http.StatusUnauthorized
			return Token{}, f.WithHint("it may have expired: get a new app token, or set client ID and client secret to let roamctl get one")
		}
		t.mu.Lock()
		t.given = ""
		t.mu.Unlock()
	}
	return t.request(ctx, as, refused)
}

// worked notes that a call succeeded with a token after the service had refused
// another. Once it has refused a dynamic one and accepted an inherited one, users'
// tokens are inherited.
func (t *tokens) worked(as identity, token, refused Token) {
	if as.user != "" && refused.Grant == GrantDynamic {
		t.mu.Lock()
		t.inherit = true
		t.mu.Unlock()
	}
	if token.Unproven && refused.Value != "" {
		token.Unproven = false
		t.save(t.key(as), token)
	}
}

func (t *tokens) save(key string, token Token) {
	if err := t.store.save(key, token); err != nil && t.warn != nil {
		t.warn(err)
	}
}

// sharedToken is the result of a token request that several callers wait for.
type sharedToken struct {
	token     Token
	cancelled bool // by the caller who sent it
}

// request requests a token, once for all callers that need it at that moment.
func (t *tokens) request(ctx context.Context, as identity, refused Token) (Token, error) {
	key := t.key(as)
	for {
		ch := t.requests.DoChan(key, func() (any, error) {
			now := t.c.clock.Now()
			if token, ok := t.store.load(key); ok && token.fresh(now) && token.Value != refused.Value {
				return sharedToken{token: token}, nil // another caller was first
			}
			token, err := t.send(ctx, as)
			if err != nil {
				return sharedToken{cancelled: ctx.Err() != nil}, err
			}
			token.Unproven = refused.Value != ""
			t.save(key, token)
			return sharedToken{token: token}, nil
		})
		select {
		case <-ctx.Done():
			return Token{}, fault.Wrap(fault.KindOf(ctx.Err()), ctx.Err(), "requesting a token")
		case r := <-ch:
			shared, _ := r.Val.(sharedToken)
			if shared.cancelled && ctx.Err() == nil {
				continue
			}
			return shared.token, r.Err
		}
	}
}

// tokenRequest is the body of POST /token (docs/contract.md, section 1). Without
// ttl the app's own setting applies.
type tokenRequest struct {
	GrantType      string `json:"grant_type"`
	ClientID       string `json:"client_id,omitempty"`
	ClientSecret   string `json:"client_secret,omitempty"`
	Username       string `json:"username,omitempty"`
	AutoCreateUser *bool  `json:"autoCreateUser,omitempty"`
}

// send sends the request for a token. It is not idempotent, so it is not retried;
// only a 401 on the app token that it carries is followed by another.
func (t *tokens) send(ctx context.Context, as identity) (Token, error) {
	k := call{what: "requesting an app token of " + t.c.app.String(), method: http.MethodPost, path: "/token", as: identity{none: true}}
	body := tokenRequest{GrantType: GrantClientCredentials, ClientID: t.clientID, ClientSecret: t.clientSecret}
	if as.user != "" {
		k.what, k.as = "requesting a token of user "+as.user, asApp()
		body = tokenRequest{GrantType: GrantInherit, Username: as.user, AutoCreateUser: new(false)}
	}
	k.body = body
	var answer struct {
		AccessToken string  `json:"access_token"`
		ExpiresIn   integer `json:"expires_in"`
	}
	if err := t.c.do(ctx, k, &answer); err != nil {
		return Token{}, err
	}
	if !isToken(answer.AccessToken) {
		return Token{}, fault.New(fault.Network, "%s: the answer holds no token", k.what).WithHint(notTheService)
	}
	t.c.secrets.AddRecent(answer.AccessToken)
	return newToken(answer.AccessToken, body.GrantType, t.c.clock.Now(), lifetime(int64(answer.ExpiresIn))), nil
}

// maxToken is far above any token: those of the service have some hundred bytes.
const maxToken = 16 << 10

// isToken reports whether s can be sent in a header.
func isToken(s string) bool {
	return s != "" && len(s) <= maxToken && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}
