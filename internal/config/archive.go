package config

import (
	"errors"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
)

// ClickHouse is the scheme of archives that a ClickHouse server keeps.
const ClickHouse = "clickhouse"

// sandboxArchive is the default archive with --sandbox. An App Key has a # in it.
const sandboxArchive = "sandbox"

// Archive returns where the archive is: the path or URL of the setting, else the
// file of the App Key in the data folder. With inSandbox the profile says nothing
// of it: the sandbox's messages never get into its archive.
func (c *Config) Archive(inSandbox bool) (string, error) {
	key := knownKey("archive")
	if !inSandbox || !c.fromFile(key) {
		place, err := c.check(key)
		switch {
		case err != nil:
			return "", err
		case isURL(place):
			return place, nil
		case place != "":
			return filepath.Abs(c.path(key.Name, place))
		}
	}
	name := sandboxArchive
	if !inSandbox {
		appKey, err := c.check(knownKey("app_key"))
		if err != nil {
			return "", err
		}
		if appKey == "" {
			return "", fault.New(fault.Config, "no archive is named, and without an App Key there is no default one").
				WithHint("give --archive, or set app_key or archive: roamctl config set archive PATH")
		}
		name = appKey
	}
	dir, err := c.Folders().Data()
	return below(dir, filepath.Join("archives", name+".db"), err)
}

// withoutCredentials is a value for people: the user and password that a URL must
// not have are left out.
func withoutCredentials(value string) string {
	scheme, rest, ok := strings.Cut(value, "://")
	if at := strings.LastIndex(rest, "@"); ok && at >= 0 {
		return scheme + "://****@" + rest[at+1:]
	}
	return value
}

func isURL(place string) bool { return strings.Contains(place, "://") }

// archiveRule accepts a path, or the URL of a ClickHouse database without
// credentials.
func archiveRule() rule {
	return rule{Accepts: "a path, or clickhouse://HOST:PORT/DB", Path: true, check: func(s string) (string, error) {
		if !isURL(s) {
			return checkText(s)
		}
		u, err := url.Parse(s)
		switch {
		case err != nil || u.Scheme != ClickHouse || u.Hostname() == "":
			return "", errors.New("only clickhouse://HOST:PORT/DB is a URL of an archive")
		case u.User != nil:
			return "", errors.New("a URL takes no user or password")
		}
		return s, nil
	}}
}
