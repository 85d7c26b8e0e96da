package easemob

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
)

// How a token was come by (contract, section 1).
const (
	GrantClientCredentials = "client_credentials" // an app token asked for with the app's credentials
	GrantInherit           = "inherit"            // a user token asked for with an app token
	GrantDynamic           = "dynamic"            // a user token made offline from the app's credentials
	GrantGiven             = "given"              // the app token in Options
)

// Token is an app token or a user token.
type Token struct {
	Value   string    `json:"value"`
	Expires time.Time `json:"expires,omitzero"`  // zero: never, or not known
	RenewAt time.Time `json:"renew_at,omitzero"` // from then on a new one is asked for; zero: never
	Grant   string    `json:"grant"`
}

// fresh tells whether the token can be used without a thought of renewing.
func (t Token) fresh(now time.Time) bool {
	return t.Value != "" && (t.RenewAt.IsZero() || now.Before(t.RenewAt))
}

// newToken makes a token that lives for a time from now, or without end (0).
// It is renewed 5 minutes before it lapses, a short-lived one after nine
// tenths of its life.
func newToken(value, grant string, now time.Time, life time.Duration) Token {
	t := Token{Value: value, Grant: grant}
	if life > 0 {
		t.Expires = now.Add(life)
		t.RenewAt = t.Expires.Add(-min(5*time.Minute, life/10))
	}
	return t
}

// lifetime reads expires_in: seconds, but milliseconds on some clusters
// (contract, section 1). More than ten years of seconds is taken for
// milliseconds. A life under 3.65 days in milliseconds is thereby taken for
// years, which the 401 rule puts right; the other way round, tokens would be
// asked for too often, which gets accounts banned. 0 is without end.
func lifetime(expiresIn int64) time.Duration {
	const (
		tenYears = 10 * 365 * 24 * 3600
		longest  = 100 * 365 * 24 * time.Hour
	)
	switch {
	case expiresIn <= 0:
		return 0
	case expiresIn > tenYears:
		if expiresIn > longest.Milliseconds() {
			return longest
		}
		return time.Duration(expiresIn) * time.Millisecond
	default:
		return time.Duration(expiresIn) * time.Second
	}
}

// dynamicTTL is the life of a user token made offline.
const dynamicTTL = 24 * time.Hour

// dynamicToken makes a user token without a request (contract, section 1).
// Its time is the full hour: every call of that hour carries the same token,
// and a clock that is a little fast makes none from the future.
func dynamicToken(app appKey, clientID, clientSecret, user string, now time.Time) (Token, error) {
	made := now.Truncate(time.Hour)
	ttl := int64(dynamicTTL / time.Second)
	sum := sha256.Sum256([]byte(clientID + app.String() + user +
		strconv.FormatInt(made.Unix(), 10) + strconv.FormatInt(ttl, 10) + clientSecret))
	body, err := json.Marshal(struct {
		Signature string `json:"signature"`
		AppKey    string `json:"appkey"`
		UserID    string `json:"userId"`
		CurTime   int64  `json:"curTime"`
		TTL       int64  `json:"ttl"`
	}{hex.EncodeToString(sum[:]), app.String(), user, made.Unix(), ttl})
	if err != nil {
		return Token{}, fault.Wrap(fault.Bug, err, "making a token for %s", user)
	}
	value := base64.URLEncoding.EncodeToString(append([]byte("dt-"), body...))
	return newToken(value, GrantDynamic, made, dynamicTTL), nil
}
