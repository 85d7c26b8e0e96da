package easemob

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/roaming"
)

// TokenStore keeps up to 1000 tokens in memory and, if it has a path, in a JSON file
// of mode 0600, which several processes may share. An unreadable file counts as
// empty. It is safe for concurrent use.
type TokenStore struct{ cacheFile[Token] }

// NewTokenStore returns a store with a file, or one in memory if path is "".
func NewTokenStore(path string) *TokenStore {
	return &TokenStore{cacheFile[Token]{path: path, what: "the token cache"}}
}

func (s *TokenStore) save(key string, t Token) error {
	return s.cacheFile.save(key, t, func(old Token) bool { return old.expired(time.Now()) })
}

// CachedToken describes a token in a file, without its value.
type CachedToken struct {
	Host    string       `json:"host"`
	AppKey  string       `json:"app_key"`
	User    string       `json:"user"` // "" for an app token
	Grant   string       `json:"grant"`
	Expires roaming.Time `json:"expires_at"` // null: never, or not known
}

// List returns the tokens in the file that have not expired, those of apps first. A
// missing or unreadable file has none.
func (s *TokenStore) List(now time.Time) []CachedToken {
	all := []CachedToken{}
	for key, token := range s.read() {
		parts := strings.SplitN(key, " ", 4) // newTokens makes it of host, App Key, credentials and user
		if token.expired(now) || len(parts) < 3 {
			continue
		}
		c := CachedToken{Host: parts[0], AppKey: parts[1], Grant: token.Grant, Expires: roaming.Time{Time: token.Expires}}
		if len(parts) == 4 {
			c.User = parts[3]
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b CachedToken) int {
		return cmp.Or(cmp.Compare(a.User, b.User), cmp.Compare(a.Host, b.Host), cmp.Compare(a.AppKey, b.AppKey), a.Expires.Compare(b.Expires.Time))
	})
	return all
}

// Findings keeps what was found out about the service and need not be asked again:
// hosts of App Keys, and whose token reads a history. It has the storage of a
// TokenStore.
type Findings struct{ cacheFile[string] }

// NewFindings returns findings with a file, or in memory if path is "".
func NewFindings(path string) *Findings {
	return &Findings{cacheFile[string]{path: path, what: "the cache of what was found out about the service"}}
}

func (f *Findings) save(key, value string) error {
	return f.cacheFile.save(key, value, func(string) bool { return false })
}
