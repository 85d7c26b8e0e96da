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

// How a token was obtained (docs/contract.md, section 1).
const (
	GrantClientCredentials = "client_credentials" // an app token requested with the app's credentials
	GrantInherit           = "inherit"            // a user token requested with an app token
	GrantDynamic           = "dynamic"            // a user token made offline from the app's credentials
	GrantGiven             = "given"              // the app token in Options
)

// Token is an app token or a user token.
type Token struct {
	Value   string    `json:"value"`
	Expires time.Time `json:"expires,omitzero"`  // zero: never, or not known
	RenewAt time.Time `json:"renew_at,omitzero"` // from then on a new one is requested; zero: never
	Grant   string    `json:"grant"`
	// Obtained is when it was requested or made; zero if that is not known.
	Obtained time.Time `json:"obtained,omitzero"`
	// Unproven is true if it was requested in place of a refused one, and the call that
	// needed it has not succeeded with it.
	Unproven bool `json:"unproven,omitempty"`
}

// young is how old a token is that was good when it was issued.
const young = 10 * time.Minute

// replaceable reports whether another token may be accepted after a 401. The refusal
// of a right is also how the service calls a token that it does not know (any more),
// so an older one is replaced, and one of another kind. The vendor bans accounts that
// ask for tokens too often: without the right, or where a fresh token did not help
// either, every call would ask for one.
func (t Token) replaceable(a answer, now time.Time) bool {
	otherKind := t.Grant == GrantDynamic || t.Grant == GrantGiven
	age := now.Sub(t.Obtained) // negative if the clock was set back
	return otherKind || age < 0 || age >= young || !a.wrongRight && !t.Unproven
}

// fresh reports whether the token need not be renewed yet.
func (t Token) fresh(now time.Time) bool {
	return t.Value != "" && (t.RenewAt.IsZero() || now.Before(t.RenewAt))
}

func (t Token) expired(now time.Time) bool { return !t.Expires.IsZero() && !now.Before(t.Expires) }

// newToken makes a token that expires life after now; 0 is never. It is renewed
// 5 minutes before that, a short-lived one after nine tenths of its life.
func newToken(value, grant string, now time.Time, life time.Duration) Token {
	t := Token{Value: value, Grant: grant, Obtained: now}
	if life > 0 {
		t.Expires = now.Add(life)
		t.RenewAt = t.Expires.Add(-min(5*time.Minute, life/10))
	}
	return t
}

// lifetime reads expires_in: seconds, but milliseconds on some clusters
// (docs/contract.md, section 1). More than ten years of seconds are read as
// milliseconds. Less than 3.65 days in milliseconds are thereby read as years,
// which costs one 401. The other mistake would request tokens too often, and the
// vendor bans accounts for that. 0 is never.
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

// dynamicTTL is the lifetime of a user token made offline.
const dynamicTTL = 24 * time.Hour

// dynamicToken makes a user token offline (docs/contract.md, section 1). Its time
// is the full hour: all calls of an hour carry the same token, and a clock that is
// a little fast does not make one of the future.
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
