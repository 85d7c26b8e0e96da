package clickhouse

import (
	"net"
	"net/url"
	"regexp"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
)

// Address is where an archive's database is.
type Address struct {
	// Hosts are HOST:PORT of the HTTP interface. Queries go to the first. A cluster
	// without ClickHouse Keeper needs one of each shard.
	Hosts    []string
	Database string
	Secure   bool // HTTPS
	// Cluster is the cluster to make tables on; "" for one server. An archive that
	// exists knows its own.
	Cluster string
}

// ParseAddress reads clickhouse://HOST[:PORT][,HOST[:PORT]...]/DB, with
// ?secure=true for HTTPS. Either all hosts have a port or none.
func ParseAddress(place string) (Address, error) {
	u, err := url.Parse(place)
	switch {
	case err != nil || u.Scheme != "clickhouse":
		return Address{}, refuse("it is not a URL of ClickHouse")
	case u.User != nil:
		return Address{}, refuse("it has a user or a password, which are the settings archive_user and archive_password")
	}
	a := Address{Database: strings.TrimPrefix(u.Path, "/")}
	if !isName(a.Database) {
		return Address{}, refuse("the database's name has other characters than letters, digits and _")
	}
	for name, values := range u.Query() {
		switch name {
		case "secure":
			if a.Secure = values[0] == "true"; !a.Secure && values[0] != "false" {
				return Address{}, refuse("secure is true or false")
			}
		default:
			return Address{}, refuse("it takes no " + name)
		}
	}
	for host := range strings.SplitSeq(u.Host, ",") {
		if host, err = a.withPort(host); err != nil {
			return Address{}, refuse(err.Error())
		}
		a.Hosts = append(a.Hosts, host)
	}
	return a, nil
}

// refuse is the error for a URL. It does not show the URL, which may have a password.
func refuse(why string) error {
	return fault.New(fault.Config, "the URL of the archive cannot be used: %s", why).
		WithHint("it is clickhouse://HOST:PORT/DB, with ?secure=true for TLS")
}

// isName reports whether a name needs no quotes in SQL.
func isName(s string) bool { return regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`).MatchString(s) }

// withPort adds the port of the HTTP interface where none is named.
func (a Address) withPort(host string) (string, error) {
	u := url.URL{Host: host}
	if u.Hostname() == "" {
		return "", fault.New(fault.Config, "a host is missing")
	}
	port := u.Port()
	switch {
	case port == "" && a.Secure:
		port = "8443"
	case port == "":
		port = "8123"
	}
	return net.JoinHostPort(u.Hostname(), port), nil
}

// String is the URL.
func (a Address) String() string {
	return "clickhouse://" + strings.Join(a.Hosts, ",") + "/" + a.Database
}

// base is the URL of a host's HTTP interface.
func (a Address) base(host string) string {
	if a.Secure {
		return "https://" + host + "/"
	}
	return "http://" + host + "/"
}
