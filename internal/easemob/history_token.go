package easemob

import (
	"context"
	"errors"
	"net/http"

	"github.com/roamctl/roamctl/internal/fault"
)

// HistoryToken says whose token reads histories and the two older conversation lists.
// The vendor's client uses the user's; the service took an app token, too, in a test
// of 2021 (docs/contract.md, section 2).
type HistoryToken string

// The kinds of token. Auto is the zero value's: it tries the one at hand, then the
// other, and remembers what the service accepted.
const (
	HistoryTokenAuto HistoryToken = "auto"
	HistoryTokenApp  HistoryToken = "app"
	HistoryTokenUser HistoryToken = "user"
)

// read makes a call that an app token may be good for, with the token or tokens that
// the setting names. With userView it uses the user's alone.
func (c *Client) read(ctx context.Context, k call, user string, userView bool, out any) error {
	mode := c.historyToken
	if userView {
		mode = HistoryTokenUser
	}
	switch mode {
	case HistoryTokenApp:
		k.as = asApp()
		return c.do(ctx, k, out)
	case HistoryTokenUser:
		k.as = asUser(user)
		return c.do(ctx, k, out)
	case HistoryTokenAuto:
	}
	return c.readAs(ctx, k, user, c.acceptedToken(k), out)
}

// readAs makes a call with one kind of token and, if the service refuses that, with
// the other. If it refuses both, the error is the user's token's.
func (c *Client) readAs(ctx context.Context, k call, user string, first HistoryToken, out any) error {
	second := HistoryTokenUser
	if k.as = asApp(); first == HistoryTokenUser {
		k.as, second = asUser(user), HistoryTokenApp
	}
	err := c.do(ctx, k, out)
	if !refusesToken(err, first) || ctx.Err() != nil {
		return err
	}
	if k.as = asUser(user); second == HistoryTokenApp {
		k.as, k.probe = asApp(), true
	}
	switch again := c.do(ctx, k, out); {
	case again != nil && second == HistoryTokenApp:
		return err
	case again != nil:
		return again
	}
	if err := c.findings.save(c.acceptedKey(k), string(second)); err != nil && c.tokens.warn != nil {
		c.tokens.warn(err)
	}
	return nil
}

// refusesToken reports whether the service refused a token of that kind, so that the
// other may be accepted. A user's that is refused something, as by a 403, has an
// answer: an app token would show what the user can't see.
func refusesToken(err error, kind HistoryToken) bool {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Kind != fault.Auth || f.Scope == fault.WholeApp || f.Scope == fault.OneUser {
		return false
	}
	return kind == HistoryTokenApp || f.Status == http.StatusUnauthorized
}

// acceptedToken returns the kind of token to try first: the one that the service
// accepted for the route before, else the one that costs no request.
func (c *Client) acceptedToken(k call) HistoryToken {
	found, _ := c.findings.load(c.acceptedKey(k))
	switch kind := HistoryToken(found); {
	case kind == HistoryTokenApp, kind == HistoryTokenUser:
		return kind
	case c.tokens.hasCredentials():
		return HistoryTokenUser // made offline
	}
	return HistoryTokenApp
}

// acceptedKey is the key of what the service accepts for a call's route.
func (c *Client) acceptedKey(k call) string {
	return "token for " + k.path + " at " + c.tokens.keyPrefix
}
