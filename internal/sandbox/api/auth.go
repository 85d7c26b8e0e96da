package api

import (
	"net/http"
	"strings"

	"github.com/google/uuid"
)

func (s *service) checkApp(c *call) error {
	parts := strings.SplitN(strings.TrimPrefix(c.r.URL.Path, "/"), "/", 3)
	if len(parts) >= 2 && parts[0] == s.org && parts[1] == s.app {
		return nil
	}
	app := strings.Join(parts[:min(2, len(parts))], "/")
	return refuse(http.StatusNotFound, "organization_application_not_found",
		"Could not find application for %s from URI: %s", app, strings.TrimPrefix(c.r.URL.Path, "/"))
}

// authorize checks the token. A malformed or expired one is auth_bad_access_token, a
// missing one or that of somebody else unauthorized: docs/contract.md has both words
// and does not say which is which [inferred].
func (s *service) authorize(need access, c *call) error {
	if need == public {
		return nil
	}
	kind, value, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(kind, "Bearer") || value == "" {
		return errUnauthorized()
	}
	claims, err := s.Issuer.Verify(strings.TrimSpace(value), s.Now())
	if err != nil {
		return refuse(http.StatusUnauthorized, "auth_bad_access_token", "Unable to authenticate due to a bad or expired access token")
	}
	if claims.IsApp() != (need == byApp) || (need == byUser && claims.User != c.user) {
		return errUnauthorized()
	}
	return nil
}

func errUnauthorized() error {
	return refuse(http.StatusUnauthorized, "unauthorized", "Unable to authenticate (OAuth)")
}

// appID returns the application's UUID, which follows from its name.
func (s *service) appID() string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(s.Issuer.AppKey)).String()
}

func (s *service) userID(name string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(s.Issuer.AppKey+"/users/"+name)).String()
}
