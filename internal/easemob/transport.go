package easemob

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"golang.org/x/net/http/httpproxy"

	"github.com/roamctl/roamctl/internal/fault"
)

// TransportOptions are the settings of a transport. Zero durations get the
// defaults named.
type TransportOptions struct {
	CAFile         string        // PEM certificates to trust beside the system's; "": none
	Connections    int           // connections kept to the host, 64 by default: the calls made at once
	DialTimeout    time.Duration // 10 s
	TLSTimeout     time.Duration // 10 s
	HeaderTimeout  time.Duration // from the request sent to the answer's first byte, 60 s
	IdleConnection time.Duration // how long an unused connection is kept, 90 s
}

// NewTransport makes the transport for Options.Transport: proxies from the
// environment (HTTPS_PROXY, HTTP_PROXY, NO_PROXY), HTTP/2, the system's
// certificates and those of CAFile. There is no bound on a whole exchange:
// calls have contexts. An unusable CAFile is a fault of kind fault.Config.
func NewTransport(o TransportOptions) (*http.Transport, error) {
	pool, err := certificates(o.CAFile)
	if err != nil {
		return nil, err
	}
	connections := cmp.Or(o.Connections, 64)
	dialer := &net.Dialer{Timeout: cmp.Or(o.DialTimeout, 10*time.Second), KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                 environmentProxy(),
		DialContext:           dialer.DialContext,
		ForceAttemptHTTP2:     true,
		TLSClientConfig:       &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   cmp.Or(o.TLSTimeout, 10*time.Second),
		ResponseHeaderTimeout: cmp.Or(o.HeaderTimeout, time.Minute),
		ExpectContinueTimeout: time.Second,
		MaxIdleConns:          connections,
		MaxIdleConnsPerHost:   connections,
		IdleConnTimeout:       cmp.Or(o.IdleConnection, 90*time.Second),
	}, nil
}

// certificates is the system's pool with a file's added; nil is the system's.
func certificates(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fault.Wrap(fault.Config, err, "reading the CA file")
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fault.New(fault.Config, "the CA file %s holds no certificate", file).
			WithHint("it has to be PEM: -----BEGIN CERTIFICATE-----")
	}
	return pool, nil
}

var errProxy = errors.New("the proxy that HTTPS_PROXY or HTTP_PROXY names is not a URL")

// environmentProxy chooses the proxy for a request by the environment. Its
// errors leave out the variable's value, which may hold a password.
func environmentProxy() func(*http.Request) (*url.URL, error) {
	choose := httpproxy.FromEnvironment().ProxyFunc()
	return func(r *http.Request) (*url.URL, error) {
		proxy, err := choose(r.URL)
		if err != nil {
			return nil, errProxy
		}
		return proxy, nil
	}
}
