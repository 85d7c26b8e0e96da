package api

import (
	"errors"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/roamctl/roamctl/internal/sandbox/token"
)

// access says whose token a route takes. docs/contract.md names one kind for most
// routes, and not whether the service takes the other: the sandbox refuses it.
type access int

const (
	public        access = iota // no token
	byApp                       // an app token
	byUser                      // the token of the user in the path
	byAppOrUser                 // either of them
	byAppOrMember               // an app token, or that of a member of the group in the path
	byAnyone                    // an app token, or that of any user
)

// String names the tokens, "" for none.
func (a access) String() string {
	return [...]string{"", "app", "user", "app or user", "app or member", "app or user"}[a]
}

// checkApp refuses a path of another app.
func (s *service) checkApp(c *call) error {
	path := strings.TrimPrefix(c.r.URL.Path, "/")
	parts := strings.SplitN(path, "/", 3)
	if len(parts) >= 2 && parts[0] == s.org && parts[1] == s.app {
		return nil
	}
	return refuse(http.StatusNotFound, "organization_application_not_found",
		"Could not find application for %s from URI: %s", strings.Join(parts[:min(2, len(parts))], "/"), path)
}

// authorize checks the token (docs/contract.md, section 1). A missing or an expired
// one is unauthorized; auth_bad_access_token is a corrupt one and one that lacks the
// right.
func (s *service) authorize(need access, c *call) error {
	if need == public {
		return nil
	}
	kind, value, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(kind, "Bearer") || value == "" {
		return refuse(http.StatusUnauthorized, "unauthorized", "Unable to authenticate (OAuth)").because("there is no token")
	}
	claims, err := s.Issuer.Verify(strings.TrimSpace(value), s.Now())
	switch {
	case errors.Is(err, token.ErrExpired):
		return refuse(http.StatusUnauthorized, "unauthorized", "Unable to authenticate due to expired access token")
	case err != nil:
		return errToken("the token is malformed, or of another sandbox")
	}
	c.caller = claims
	switch {
	case claims.IsApp() && need == byUser:
		return errToken("this needs the user's token, and it is an app token")
	case claims.IsApp() || need == byAnyone:
		return nil
	case need == byApp:
		return errToken("this needs an app token, and it is a token of user %q", claims.User)
	case need == byAppOrMember:
		return s.checkMember(c)
	case claims.User != c.user:
		return errToken("it is a token of user %q", claims.User)
	}
	return nil
}

// checkMember refuses a group's data to those who are not in it. The status and a part
// of the description are those that the vendor's client knows, the rest is [inferred].
func (s *service) checkMember(c *call) error {
	member, _, err := s.Store.Role(c.ctx, c.group, c.caller.User)
	if err != nil || member {
		return err
	}
	return refuse(http.StatusForbidden, "forbidden_op", "users [%s] are not members of this group!", c.caller.User)
}

func errToken(why string, args ...any) error {
	return refuse(http.StatusUnauthorized, "auth_bad_access_token", "Unable to authenticate due to corrupt access token").because(why, args...)
}

// appID returns the application's UUID, which follows from its name.
func (s *service) appID() string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(s.Issuer.AppKey)).String()
}

func (s *service) userID(name string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(s.Issuer.AppKey+"/users/"+name)).String()
}
