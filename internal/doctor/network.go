package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
)

// proxyCheck says which proxy requests to the host take, without its password.
func (o Options) proxyCheck(p *probe) Check {
	const name = "proxy"
	variables := []string{"HTTPS_PROXY", "https_proxy"}
	if p.host.Scheme == "http" {
		variables = []string{"HTTP_PROXY", "http_proxy"}
	}
	i := slices.IndexFunc(variables, func(v string) bool { return o.Env(v) != "" })
	switch {
	case p.proxy != nil && i >= 0:
		return passed(name, fmt.Sprintf("requests go through %s (%s)", bare(p.proxy), variables[i]))
	case p.proxy != nil:
		return passed(name, "requests go through "+bare(p.proxy))
	case i >= 0:
		return passed(name, fmt.Sprintf("none for this host: NO_PROXY excludes it from %s", variables[i]))
	default:
		return passed(name, "none: no proxy variable is set")
	}
}

// bare is a URL's scheme and host.
func bare(u *url.URL) string { return (&url.URL{Scheme: u.Scheme, Host: u.Host}).String() }

// network says how the host was reached, or why not.
func (o Options) network(p *probe) Check {
	const name = "network"
	if p.err != nil && p.status == 0 {
		seen, fix := o.unreached(p)
		return failed(name, fault.Network, seen, fix)
	}
	seen := fmt.Sprintf("connected to %s at %s in %s", p.where(), p.address, p.connected.Round(time.Millisecond))
	if p.proxy != nil {
		seen = fmt.Sprintf("connected to %s through the proxy in %s", p.where(), p.connected.Round(time.Millisecond))
	}
	if p.tls == nil {
		return passed(name, seen+", without TLS")
	}
	seen += ", " + tls.VersionName(p.tls.Version)
	if certs := p.tls.PeerCertificates; len(certs) > 0 {
		seen += fmt.Sprintf(", certificate by %s until %s", issuer(certs[0]), certs[0].NotAfter.UTC().Format(time.DateOnly))
	}
	if file := o.Config.Value("ca_file").Text; file != "" {
		seen += ", trusted with ca_file"
	}
	return passed(name, seen)
}

// unreached explains why there was no answer.
func (o Options) unreached(p *probe) (seen, fix string) {
	if seen, fix = p.proxyFailure(); seen != "" {
		return seen, fix
	}
	if seen, fix = o.certificateFailure(p); seen != "" {
		return seen, fix
	}
	const firewall = "check the host setting, the network and its firewall; behind a proxy, set HTTPS_PROXY"
	if dns, ok := errors.AsType[*net.DNSError](p.err); ok {
		if dns.IsNotFound {
			return "no address is known for " + p.host.Hostname(), "check the host setting against the vendor's console, and this machine's name servers"
		}
		return "the name server did not say where " + p.host.Hostname() + " is", "check this machine's network and name servers"
	}
	timeout, isTimeout := errors.AsType[net.Error](p.err)
	switch {
	case errors.Is(p.err, context.DeadlineExceeded), isTimeout && timeout.Timeout():
		return fmt.Sprintf("%s: no answer in time while %s", p.where(), p.stage), firewall
	case errors.Is(p.err, syscall.ECONNREFUSED):
		return p.where() + " is closed: the connection was refused", "check the host setting and its port"
	case errors.Is(p.err, syscall.EHOSTUNREACH), errors.Is(p.err, syscall.ENETUNREACH):
		return p.where() + " cannot be reached from this network", firewall
	case errors.Is(p.err, http.ErrSchemeMismatch), isRecordError(p.err):
		return p.where() + " answers without TLS", "check the port, or write http:// before the host if it is a private one that has no TLS"
	default:
		return fmt.Sprintf("%s: the connection was cut while %s: %v", p.where(), p.stage, lastCause(p.err)), firewall
	}
}

func isRecordError(err error) bool {
	_, ok := errors.AsType[tls.RecordHeaderError](err)
	return ok
}

// proxyFailure explains a failure of the proxy; "" if it was not the proxy.
func (p *probe) proxyFailure() (seen, fix string) {
	if p.proxy == nil {
		return "", ""
	}
	op, ok := errors.AsType[*net.OpError](p.err)
	switch {
	case p.proxyStatus == http.StatusProxyAuthRequired, p.status == http.StatusProxyAuthRequired:
		return fmt.Sprintf("the proxy %s wants another user and password", bare(p.proxy)), "put them into the variable: http://USER:PASSWORD@HOST:PORT"
	case p.proxyStatus != 0 && p.proxyStatus != http.StatusOK:
		return fmt.Sprintf("the proxy %s refuses to connect to %s: %d %s", bare(p.proxy), p.where(), p.proxyStatus, http.StatusText(p.proxyStatus)),
			"let the proxy pass the host, or add the host to NO_PROXY"
	case ok && op.Op == "proxyconnect":
		return fmt.Sprintf("the proxy %s cannot be reached: %v", bare(p.proxy), lastCause(p.err)), "check the proxy variables"
	default:
		return "", ""
	}
}

// certificateFailure explains a certificate that is not trusted; "" if it was
// not that.
func (o Options) certificateFailure(p *probe) (seen, fix string) {
	invalid, isInvalid := errors.AsType[x509.CertificateInvalidError](p.err)
	name, isName := errors.AsType[x509.HostnameError](p.err)
	unknown, isUnknown := errors.AsType[x509.UnknownAuthorityError](p.err)
	now := o.Now().UTC()
	switch {
	case isInvalid && invalid.Reason == x509.Expired && now.Before(invalid.Cert.NotBefore):
		return fmt.Sprintf("the certificate of %s is valid from %s, and this machine's clock says %s", p.where(), invalid.Cert.NotBefore.UTC().Format(time.DateTime), now.Format(time.DateTime)),
			"set this machine's clock"
	case isInvalid && invalid.Reason == x509.Expired:
		return fmt.Sprintf("the certificate of %s expired at %s, and this machine's clock says %s", p.where(), invalid.Cert.NotAfter.UTC().Format(time.DateTime), now.Format(time.DateTime)),
			"check this machine's clock; if it is right, the host must renew its certificate"
	case isName:
		return fmt.Sprintf("the certificate is for %s, not for %s", names(name.Certificate), p.host.Hostname()), "check the host setting; a captive portal may also answer in the host's place"
	case isUnknown && unknown.Cert != nil:
		return fmt.Sprintf("the certificate of %s is by %s, which this machine does not trust", p.where(), issuer(unknown.Cert)),
			"if a proxy inspects TLS, or the host has its own authority, set ca_file to that authority's certificate"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](p.err); ok || isUnknown || isInvalid {
		return fmt.Sprintf("the certificate of %s is not trusted: %v", p.where(), lastCause(p.err)), "check the host setting, the proxy and ca_file"
	}
	return "", ""
}

func issuer(c *x509.Certificate) string {
	for _, name := range append([]string{c.Issuer.CommonName}, c.Issuer.Organization...) {
		if name != "" {
			return short(name)
		}
	}
	return "an unnamed authority"
}

// names are the first host names of a certificate.
func names(c *x509.Certificate) string {
	if c == nil || len(c.DNSNames) == 0 {
		return "no host name"
	}
	return short(strings.Join(c.DNSNames[:min(3, len(c.DNSNames))], ", "))
}

// lastCause returns the innermost error: the outer ones repeat URL and addresses.
func lastCause(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return errors.New(short(err.Error()))
		}
		err = inner
	}
}

// Bounds of texts that strangers wrote, in runes.
const (
	shortText = 100
	longText  = 1000
)

func short(s string) string { return cut(s, shortText) }

func clip(s string) string { return cut(s, longText) }

// cut returns s in one line of at most n runes.
func cut(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "..."
	}
	return s
}
