package easemob

import (
	"net/url"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
)

// appKey is an App Key, "org#app".
type appKey struct{ org, app string }

func parseAppKey(s string) (appKey, error) {
	org, app, ok := strings.Cut(s, "#")
	if !ok || !isPathSegment(org) || !isPathSegment(app) || strings.Contains(app, "#") {
		return appKey{}, fault.New(fault.Config, "%q is not an App Key", s).
			WithHint("an App Key is org#app, as the vendor's console shows it")
	}
	return appKey{org, app}, nil
}

func (k appKey) String() string { return k.org + "#" + k.app }

// path is the app's path on the host.
func (k appKey) path() string { return url.PathEscape(k.org) + "/" + url.PathEscape(k.app) }

// isPathSegment reports whether s can stand in a path, escaped. Servers and proxies
// resolve dots.
func isPathSegment(s string) bool { return s != "" && s != "." && s != ".." }

// parseHost reads a host name, which means https, or a URL.
func parseHost(s string) (*url.URL, error) {
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	// err and s stay out of the message: a URL may hold a password.
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" ||
		(u.Scheme != "http" && u.Scheme != "https") {
		return nil, fault.New(fault.Config, "the host is neither a host name nor an http(s) URL without user, query and fragment").
			WithHint("the host is shown in the vendor's console, such as a1.easemob.com; http://127.0.0.1:8080 works too")
	}
	return u, nil
}

// Domains of a JID (docs/contract.md, sections 2 and 3).
const (
	userDomain  = "easemob.com"
	groupDomain = "conference.easemob.com" // groups and chat rooms
)
