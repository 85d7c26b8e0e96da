package config

import (
	"context"
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
	return c.defaultArchive(name)
}

func (c *Config) defaultArchive(name string) (string, error) {
	dir, err := c.Folders().Data()
	return below(dir, filepath.Join("archives", name+".db"), err)
}

// AppOfArchive returns the App Key of the archive at a place if it is the default one of
// the setting's app, and else "": an archive does not name its app.
func (c *Config) AppOfArchive(place string) string {
	appKey := c.Value("app_key").Text
	if own, err := c.defaultArchive(appKey); err != nil || appKey == "" || own != place {
		return ""
	}
	return appKey
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

// ClickHouseAccess is what an archive on a ClickHouse server needs besides its URL.
type ClickHouseAccess struct {
	User     string // "" for the server's default user
	Password Secret
	Cluster  string // "" for one server
}

// ClickHouseAccess returns the settings of an archive on a ClickHouse server, and
// refuses to send its password unencrypted over a network.
func (c *Config) ClickHouseAccess(ctx context.Context, place string) (to ClickHouseAccess, err error) {
	text, err := c.checkAll(archiveKeys())
	if err != nil {
		return to, err
	}
	to.User, to.Cluster = text["archive_user"], text["archive_cluster"]
	if to.Password, err = c.Secret(ctx, "archive_password"); err != nil || to.Password.IsZero() {
		return to, err
	}
	u, err := url.Parse(place)
	if err != nil || u.Query().Get("secure") == "true" {
		return to, err
	}
	for host := range strings.SplitSeq(u.Host, ",") {
		if err := c.CheckHost("http://" + host); err != nil {
			return to, fault.Wrap(fault.Config, err, "the archive's password is not sent").
				WithHint("add ?secure=true to the archive's URL for TLS, or set insecure_http to on if you trust the network")
		}
	}
	return to, nil
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
