package api

import (
	"net/http"
	"strings"
	"unicode"

	"github.com/roamctl/roamctl/internal/sandbox/token"
)

// Limits of an account that a client registers. They are the sandbox's own:
// docs/contract.md names none.
const (
	maxUsername = 64  // bytes
	maxPassword = 512 // bytes
)

// register answers POST /users, as a client sends it: without a token, as for an app
// whose registration is open. The web client knows the phrases "is not legal" and
// "username be unique" (docs/contract.md, section 9); words and statuses are
// [inferred].
func (s *service) register(c *call) (any, error) {
	var q struct {
		Username string `json:"username"`
		Password string `json:"password"`
	}
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	switch {
	case !legal(q.Username):
		return nil, errArgument("username %.80q is not legal", q.Username)
	case q.Password == "" || len(q.Password) > maxPassword:
		return nil, errArgument("password must be provided, %d bytes at most", maxPassword)
	}
	hashed, err := token.HashPassword(q.Password)
	if err != nil {
		return nil, err
	}
	created, err := s.Store.AddUser(c.ctx, q.Username, hashed)
	if err != nil {
		return nil, err
	}
	if !created {
		return nil, refuse(http.StatusBadRequest, "duplicate_unique_property_exists",
			"Application %s Entity user requires that property named username be unique, value of %s exists", s.appID(), q.Username)
	}
	u, err := s.Store.FindUser(c.ctx, q.Username)
	if err != nil {
		return nil, err
	}
	return s.envelope(c, "post", map[string]any{"entities": []any{s.userEntity(u)}}), nil
}

// legal reports whether a client can register the user ID. They are lowercase
// (docs/contract.md, section 2); what else the service allows is not documented.
func legal(name string) bool {
	return name != "" && name != "." && name != ".." && len(name) <= maxUsername && name == strings.ToLower(name) &&
		!strings.ContainsFunc(name, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-.", r)
		})
}
