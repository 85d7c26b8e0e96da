package api

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/token"
)

// defaultTTL is 60 days for a user token; that an app token has the same is
// [inferred].
const defaultTTL = 60 * 24 * 60 * 60

type tokenRequest struct {
	GrantType    string `json:"grant_type"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	Username     string `json:"username"`
	Password     string `json:"password"`
	AutoCreate   bool   `json:"autoCreateUser"`
	TTL          *int64 `json:"ttl"`
}

// token answers POST /token (docs/contract.md, section 1).
func (s *service) token(c *call) (any, error) {
	var q tokenRequest
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	if q.TTL != nil && (*q.TTL < 0 || *q.TTL > int64(time.Hour)) { // any sane number of seconds
		return nil, errArgument("ttl must be a number of seconds, 0 for a token that never expires")
	}
	c.user = q.Username // whom a refusal is about
	switch q.GrantType {
	case "client_credentials":
		return s.appToken(q)
	case "inherit":
		if err := s.authorize(byApp, c); err != nil {
			return nil, err
		}
		return s.inheritToken(c, q)
	case "password":
		return s.passwordToken(c, q)
	}
	return nil, errArgument("grant_type must be client_credentials, inherit or password")
}

func (s *service) appToken(q tokenRequest) (any, error) {
	switch {
	case q.ClientID == "":
		return nil, errArgument("client_id must be provided.")
	case q.ClientSecret == "":
		return nil, errArgument("client_secret must be provided")
	case q.ClientID != s.Issuer.ClientID:
		return nil, errGrant("client_id does not match")
	case q.ClientSecret != s.Issuer.ClientSecret:
		return nil, errGrant("client_secret does not match")
	}
	answer, err := s.issue("", q.TTL)
	if err != nil {
		return nil, err
	}
	answer["application"] = s.appID()
	return answer, nil
}

func (s *service) inheritToken(c *call, q tokenRequest) (any, error) {
	if q.Username == "" {
		return nil, errArgument("username must be provided")
	}
	u, err := s.Store.FindUser(c.ctx, q.Username)
	switch {
	case errors.Is(err, store.ErrNotFound) && q.AutoCreate:
		if q.Username != strings.ToLower(q.Username) {
			// User IDs are lowercase; what the service does with others is not documented.
			return nil, errArgument("username must be lowercase")
		}
		err = s.Store.Write(c.ctx, func(w *store.Writer) error {
			return w.CreateUsers(c.ctx, 0, q.Username)
		})
		if err == nil {
			u, err = s.Store.FindUser(c.ctx, q.Username)
		}
	case err == nil && q.AutoCreate && s.Limits && s.Now().UnixMilli()-u.Created < time.Second.Milliseconds():
		return nil, refuse(http.StatusConflict, "concurrent_operation_error", "the user was created within the last second")
	}
	if err != nil {
		return nil, userError(err)
	}
	return s.userToken(u, q.TTL)
}

func (s *service) passwordToken(c *call, q tokenRequest) (any, error) {
	if q.Username == "" || q.Password == "" {
		return nil, errArgument("username and password must be provided")
	}
	u, err := s.Store.FindUser(c.ctx, q.Username)
	if err != nil {
		return nil, userError(err)
	}
	if !token.IsPassword(u.Password, q.Password) {
		return nil, errGrant("invalid username or password") // [inferred]
	}
	return s.userToken(u, q.TTL)
}

func userError(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return refuse(http.StatusNotFound, "invalid_grant", "user not found")
	}
	return err
}

func errGrant(description string) error {
	return refuse(http.StatusBadRequest, "invalid_grant", "%s", description)
}

func (s *service) userToken(u store.User, ttl *int64) (any, error) {
	answer, err := s.issue(u.Name, ttl)
	if err != nil {
		return nil, err
	}
	answer["user"] = s.userEntity(u)
	return answer, nil
}

// issue returns a token. expires_in is 0 for one that never expires [inferred].
func (s *service) issue(user string, ttl *int64) (map[string]any, error) {
	seconds := int64(defaultTTL)
	if ttl != nil {
		seconds = *ttl
	}
	now := s.Now()
	claims := token.Claims{User: user, Issued: now.UnixMilli()}
	if seconds > 0 {
		claims.Expires = now.Unix() + seconds
	}
	value, err := s.Issuer.Sign(claims)
	if err != nil {
		return nil, err
	}
	return map[string]any{"access_token": value, "expires_in": seconds}, nil
}

func (s *service) userEntity(u store.User) map[string]any {
	return map[string]any{
		"uuid": s.userID(u.Name), "type": "user", "created": u.Created, "modified": u.Created,
		"username": u.Name, "activated": true,
	}
}
