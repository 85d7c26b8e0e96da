package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/roamctl/roamctl/internal/fault"
)

// rule says which values a key accepts.
type rule struct {
	Accepts string   // the values, in words
	Values  []string // all values, or examples, for completion
	Path    bool     // a value is a path
	onOff   bool     // on or off

	check func(string) (string, error) // returns the normal form
}

// orEmpty accepts an empty value, too.
func (r rule) orEmpty() rule {
	check := r.check
	r.check = func(s string) (string, error) {
		if s == "" {
			return "", nil
		}
		return check(s)
	}
	return r
}

func textRule(accepts string) rule { return rule{Accepts: accepts, check: checkText} }

func checkText(s string) (string, error) {
	if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return "", errors.New("it contains control characters or is not UTF-8")
	}
	return s, nil
}

func pathRule() rule { return rule{Accepts: "a path", Path: true, check: checkText} }

// wordRule accepts text without spaces, such as an ID or a secret.
func wordRule() rule {
	return rule{Accepts: "text", check: func(s string) (string, error) {
		switch {
		case s == "":
			return "", errors.New("it is empty")
		case strings.ContainsFunc(s, unicode.IsSpace):
			return "", errors.New("it contains spaces or line breaks")
		case strings.HasPrefix(s, keyringMark):
			return "", errors.New("it begins like a reference to the keyring")
		}
		return checkText(s)
	}}
}

func oneOf(values ...string) rule {
	last := len(values) - 1
	accepts := strings.Join(values[:last], ", ") + " or " + values[last]
	return rule{Accepts: accepts, Values: values, check: func(s string) (string, error) {
		if !slices.Contains(values, s) {
			return "", errors.New("it is not one of the known values")
		}
		return s, nil
	}}
}

func onOff() rule {
	return rule{Accepts: "on or off", Values: []string{"on", "off"}, onOff: true, check: func(s string) (string, error) {
		switch strings.ToLower(s) {
		case "on", "true", "yes", "1":
			return "on", nil
		case "off", "false", "no", "0":
			return "off", nil
		default:
			return "", errors.New("it is neither on nor off")
		}
	}}
}

func between(low, high int) rule {
	return rule{Accepts: fmt.Sprintf("%d to %d", low, high), check: func(s string) (string, error) {
		n, err := strconv.Atoi(s)
		switch {
		case err != nil:
			return "", errors.New("it is not a whole number")
		case n < low || n > high:
			return "", fmt.Errorf("it is not between %d and %d", low, high)
		}
		return strconv.Itoa(n), nil
	}}
}

// percent accepts a whole number from 1 to 100, with or without a percent sign.
func percent() rule {
	return rule{Accepts: "1% to 100%", check: func(s string) (string, error) {
		n, err := between(1, 100).check(strings.TrimSuffix(s, "%"))
		if err != nil {
			return "", err
		}
		return n + "%", nil
	}}
}

func timeoutRule() rule {
	return rule{Accepts: "a duration from 1ms to 1h, such as 30s", check: func(s string) (string, error) {
		d, err := time.ParseDuration(s)
		switch {
		case err != nil:
			return "", errors.New("it is not a duration with a unit")
		case d < time.Millisecond || d > time.Hour:
			return "", errors.New("it is not between 1ms and 1h")
		}
		return s, nil
	}}
}

func zoneRule() rule {
	examples := []string{"local", "UTC", "Asia/Shanghai", "Europe/Berlin", "America/Los_Angeles"}
	return rule{Accepts: "local, UTC, or a name such as Asia/Shanghai", Values: examples, check: func(s string) (string, error) {
		if strings.EqualFold(s, "local") || s == "" {
			return "local", nil
		}
		if _, err := time.LoadLocation(s); err != nil {
			return "", errZone
		}
		return s, nil
	}}
}

func appKeyRule() rule {
	return rule{Accepts: "org#app", check: func(s string) (string, error) {
		org, app, ok := strings.Cut(s, "#")
		if !ok || !isPathSegment(org) || !isPathSegment(app) {
			return "", errors.New(`it is not an organisation and an application with # between them (quote it: 'org#app')`)
		}
		return s, nil
	}}
}

// isPathSegment reports whether s can be part of a URL's path without escaping.
func isPathSegment(s string) bool {
	return s != "" && s != "." && s != ".." && url.PathEscape(s) == s && !strings.ContainsAny(s, "=&+$@:")
}

func hostRule() rule {
	accepts := "auto, a1.easemob.com, host:port, or http(s)://host[:port]"
	return rule{Accepts: accepts, Values: hostExamples(), check: func(s string) (string, error) {
		u, err := ParseHost(s)
		switch {
		case err != nil || u.Hostname() == "" || strings.ContainsFunc(s, unicode.IsSpace):
			return "", errors.New("it is not a host")
		case u.Scheme != "https" && u.Scheme != "http":
			return "", errors.New("only https:// and http:// are allowed before a host")
		case u.User != nil:
			return "", errors.New("a host takes no user or password")
		case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
			return "", errors.New("it contains more than a host: leave the path out, roamctl adds it from the App Key")
		}
		if port, err := strconv.Atoi(u.Port()); strings.HasSuffix(u.Host, ":") || u.Port() != "" && (err != nil || port < 1 || port > 65535) {
			return "", errors.New("its port is not between 1 and 65535")
		}
		return strings.TrimRight(strings.ToLower(s), "/"), nil
	}}
}

// ParseHost parses a service's host: a name, which means https, or a URL.
func ParseHost(s string) (*url.URL, error) {
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	return url.Parse(s)
}

// IsLocal reports whether a checked host is this machine, as a sandbox's is.
func IsLocal(host string) bool {
	u, err := ParseHost(host)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// CheckProfileName accepts a letter or digit followed by up to 63 of a-z, 0-9,
// dot, underscore and hyphen. Names become file names, and some file systems
// lose their case. The error is a fault.Usage.
func CheckProfileName(name string) error {
	const first = "abcdefghijklmnopqrstuvwxyz0123456789"
	if name != "" && len(name) <= 64 && strings.Trim(name, first+"._-") == "" && strings.ContainsRune(first, rune(name[0])) {
		return nil
	}
	return fault.New(fault.Usage, "invalid profile name %q", name).
		WithHint("use up to 64 of a-z, 0-9, dot, underscore and hyphen, beginning with a letter or digit")
}
