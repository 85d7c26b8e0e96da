package easemob

import (
	"context"
	"net/http"
	"net/url"
)

// Verify asks the service whether it accepts the app's token, by a read that
// any app may make (contract, section 9: one of the app's users). A refusal is
// of kind fault.Auth.
func (c *Client) Verify(ctx context.Context) error {
	what := "checking the credentials of " + c.app.String()
	var a usersAnswer
	err := c.do(ctx, call{
		what: what, method: http.MethodGet, path: "/users",
		query:      url.Values{"limit": {"1"}},
		as:         asApp(),
		idempotent: true,
	}, &a)
	if err == nil && a.Entities == nil {
		err = noData(what)
	}
	return err
}
