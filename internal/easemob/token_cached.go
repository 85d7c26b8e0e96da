package easemob

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// CachedToken is what may be shown of a token in a file: all but its value.
type CachedToken struct {
	Host    string
	AppKey  string
	User    string // "" for an app token
	Grant   string
	Expires time.Time // zero: never, or not known
}

// CachedTokens are the tokens in a file of FileTokens that have not lapsed,
// those of apps first. A file that is not there, or is unreadable, has none.
func CachedTokens(path string, now time.Time) []CachedToken {
	var all []CachedToken
	for key, token := range (&fileTokens{path: path}).read() {
		if !token.Expires.IsZero() && !now.Before(token.Expires) {
			continue
		}
		// The key is made by newTokens: host, App Key, credentials, user.
		parts := strings.SplitN(key, " ", 4)
		if len(parts) < 3 {
			continue
		}
		c := CachedToken{Host: parts[0], AppKey: parts[1], Grant: token.Grant, Expires: token.Expires}
		if len(parts) == 4 {
			c.User = parts[3]
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b CachedToken) int {
		return cmp.Or(cmp.Compare(a.User, b.User), cmp.Compare(a.Host, b.Host), cmp.Compare(a.AppKey, b.AppKey), a.Expires.Compare(b.Expires))
	})
	return all
}
