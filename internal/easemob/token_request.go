package easemob

import (
	"context"
	"net/http"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
)

// tokenRequest is the body of POST /token (contract, section 1). ttl is left
// out: the app's own setting applies.
type tokenRequest struct {
	GrantType      string `json:"grant_type"`
	ClientID       string `json:"client_id,omitempty"`
	ClientSecret   string `json:"client_secret,omitempty"`
	Username       string `json:"username,omitempty"`
	AutoCreateUser *bool  `json:"autoCreateUser,omitempty"`
}

type tokenAnswer struct {
	AccessToken string  `json:"access_token"`
	ExpiresIn   integer `json:"expires_in"`
}

// ask sends the request for a token. It is not idempotent, so it is not
// retried; only a 401 on the app token that it carries is followed up.
func (t *tokens) ask(ctx context.Context, as identity) (Token, error) {
	k := call{
		what: "asking for an app token of " + t.c.app.String(), method: http.MethodPost, path: "/token", as: anonymous(),
		body: tokenRequest{GrantType: GrantClientCredentials, ClientID: t.clientID, ClientSecret: t.clientSecret},
	}
	grantType := GrantClientCredentials
	if as.user != "" {
		create := false
		grantType = GrantInherit
		k.what, k.as = "asking for a token of user "+as.user, asApp()
		k.body = tokenRequest{GrantType: GrantInherit, Username: as.user, AutoCreateUser: &create}
	}
	var answer tokenAnswer
	if err := t.c.do(ctx, k, &answer); err != nil {
		return Token{}, err
	}
	if !isToken(answer.AccessToken) {
		return Token{}, fault.New(fault.Network, "%s: the answer holds no token", k.what).
			WithHint("check the host setting, and whether a proxy answers in the service's place")
	}
	t.c.secrets.AddRecent(answer.AccessToken)
	return newToken(answer.AccessToken, grantType, t.c.clock.Now(), lifetime(int64(answer.ExpiresIn))), nil
}

// maxToken is far above any token: those of the service have some hundred bytes.
const maxToken = 16 << 10

// isToken tells whether s can be sent in a header.
func isToken(s string) bool {
	return s != "" && len(s) <= maxToken && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}
