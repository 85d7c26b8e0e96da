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

const onOffWords = "on or off"

func text(s string) (string, error) {
	if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return "", errors.New("it holds control characters or is not UTF-8")
	}
	return s, nil
}

// word is text without spaces, such as an ID or a secret.
func word(s string) (string, error) {
	switch {
	case s == "":
		return "", errors.New("it is empty")
	case strings.ContainsFunc(s, unicode.IsSpace):
		return "", errors.New("it holds spaces or line breaks")
	case strings.HasPrefix(s, keyringMark):
		return "", errors.New("it begins like a reference to the keyring")
	}
	return text(s)
}

func oneOf(words ...string) func(string) (string, error) {
	return func(s string) (string, error) {
		if !slices.Contains(words, s) {
			return "", errors.New("it is none of the known words")
		}
		return s, nil
	}
}

func onOff(s string) (string, error) {
	switch strings.ToLower(s) {
	case "on", "true", "yes", "1":
		return "on", nil
	case "off", "false", "no", "0":
		return "off", nil
	default:
		return "", errors.New("it is neither on nor off")
	}
}

func between(low, high int) func(string) (string, error) {
	return func(s string) (string, error) {
		n, err := strconv.Atoi(s)
		switch {
		case err != nil:
			return "", errors.New("it is not a whole number")
		case n < low || n > high:
			return "", fmt.Errorf("it is not between %d and %d", low, high)
		}
		return strconv.Itoa(n), nil
	}
}

// emptyOr takes nothing, too.
func emptyOr(check func(string) (string, error)) func(string) (string, error) {
	return func(s string) (string, error) {
		if s == "" {
			return "", nil
		}
		return check(s)
	}
}

// percent is a whole number from 1 to 100, with or without its sign.
func percent(s string) (string, error) {
	n, err := between(1, 100)(strings.TrimSuffix(s, "%"))
	if err != nil {
		return "", err
	}
	return n + "%", nil
}

func timeout(s string) (string, error) {
	d, err := time.ParseDuration(s)
	switch {
	case err != nil:
		return "", errors.New("it is not a duration with a unit")
	case d < time.Millisecond || d > time.Hour:
		return "", errors.New("it is not between 1ms and 1h")
	}
	return s, nil
}

func zone(s string) (string, error) {
	if strings.EqualFold(s, "local") || s == "" {
		return "local", nil
	}
	if _, err := time.LoadLocation(s); err != nil {
		return "", errZone
	}
	return s, nil
}

func appKey(s string) (string, error) {
	org, app, ok := strings.Cut(s, "#")
	if !ok || !plainName(org) || !plainName(app) {
		return "", errors.New(`it is not an organisation and an application with # between them (quote it: 'org#app')`)
	}
	return s, nil
}

// plainName tells whether s can stand in a URL's path as it is.
func plainName(s string) bool {
	return s != "" && s != "." && s != ".." && url.PathEscape(s) == s && !strings.ContainsAny(s, "=&+$@:")
}

func host(s string) (string, error) {
	full := s
	if !strings.Contains(s, "://") {
		full = "https://" + s
	}
	u, err := url.Parse(full)
	switch {
	case err != nil || u.Hostname() == "" || strings.ContainsFunc(s, unicode.IsSpace):
		return "", errors.New("it is not a host")
	case u.Scheme != "https" && u.Scheme != "http":
		return "", errors.New("only https:// and http:// can stand before a host")
	case u.User != nil:
		return "", errors.New("a host takes no user or password")
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return "", errors.New("it holds more than a host: leave the path out, the App Key gives it")
	}
	if port, err := strconv.Atoi(u.Port()); strings.HasSuffix(u.Host, ":") || u.Port() != "" && (err != nil || port < 1 || port > 65535) {
		return "", errors.New("its port is not between 1 and 65535")
	}
	return strings.TrimRight(strings.ToLower(s), "/"), nil
}

// sendsInTheClear tells whether a checked host would show secrets to a network.
func sendsInTheClear(host string) bool {
	return strings.HasPrefix(host, "http://") && !IsLocal(host)
}

// IsLocal reports whether a checked host is this machine, as a sandbox's is.
func IsLocal(host string) bool {
	if !strings.Contains(host, "://") {
		host = "https://" + host
	}
	u, err := url.Parse(host)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// CheckProfileName refuses names other than a letter or digit followed by up
// to 63 of a-z, 0-9, dot, underscore and hyphen: they become file names, and
// case is lost on the way through some file systems. The error is fault.Usage.
func CheckProfileName(name string) error {
	const first = "abcdefghijklmnopqrstuvwxyz0123456789"
	if name != "" && len(name) <= 64 && strings.Trim(name, first+"._-") == "" && strings.ContainsRune(first, rune(name[0])) {
		return nil
	}
	return fault.New(fault.Usage, "%q cannot name a profile", name).
		WithHint("use up to 64 of a-z, 0-9, dot, underscore and hyphen, beginning with a letter or digit")
}
