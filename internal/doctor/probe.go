package doctor

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"
)

// maxProbe bounds the answer that the probe reads.
const maxProbe = 64 << 10

// probe is one request to the host without a token, stage by stage. The service
// refuses it with 401 (docs/contract.md, section 1), which shows that it is the
// service.
type probe struct {
	host  *url.URL
	stage string // what was under way at the end
	proxy *url.URL
	// proxyStatus is the proxy's answer to CONNECT, 0 for none.
	proxyStatus int
	address     string // the connection's other end
	connected   time.Duration
	tls         *tls.ConnectionState

	err            error
	sent, received time.Time
	status         int
	header         http.Header
	body           []byte
}

// The stages of a request.
const (
	lookingUp  = "looking up the host's address"
	connecting = "connecting"
	securing   = "negotiating TLS"
	waiting    = "waiting for the answer"
)

// hostURL returns the base URL of a host or URL.
func hostURL(host string) (*url.URL, error) {
	if !strings.Contains(host, "://") {
		host = "https://" + host
	}
	return url.Parse(host)
}

// send asks the host for the app's users, without a token.
func send(ctx context.Context, t Target, now func() time.Time) *probe {
	p := &probe{stage: lookingUp}
	if p.host, p.err = hostURL(t.Host); p.err != nil {
		return p
	}
	ctx, cancel := context.WithTimeout(ctx, t.Timeout)
	defer cancel()
	org, app, _ := strings.Cut(t.AppKey, "#")
	at := p.host.JoinPath(url.PathEscape(org), url.PathEscape(app), "users")
	at.RawQuery = "limit=1"
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, p.trace(now)), http.MethodGet, at.String(), http.NoBody)
	if err != nil {
		p.err = err
		return p
	}
	req.Header.Set("Accept", "application/json")
	resp, err := p.transport(t.Transport, req).RoundTrip(req)
	if err != nil {
		p.err = err
		return p
	}
	defer resp.Body.Close()
	p.status, p.header, p.tls = resp.StatusCode, resp.Header, resp.TLS
	p.body, p.err = io.ReadAll(io.LimitReader(resp.Body, maxProbe))
	return p
}

// transport returns a copy of a transport that notes the proxy. It keeps no
// connection.
func (p *probe) transport(rt http.RoundTripper, req *http.Request) http.RoundTripper {
	t, ok := rt.(*http.Transport)
	if !ok {
		return rt
	}
	t = t.Clone()
	t.DisableKeepAlives = true
	if t.Proxy != nil {
		p.proxy, _ = t.Proxy(req) // the error comes again when the request is sent
	}
	t.OnProxyConnectResponse = func(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
		p.proxyStatus = resp.StatusCode
		return nil
	}
	return t
}

func (p *probe) trace(now func() time.Time) *httptrace.ClientTrace {
	var begun time.Time
	return &httptrace.ClientTrace{
		ConnectStart: func(string, string) {
			if begun.IsZero() {
				begun = now()
			}
			p.stage = connecting
		},
		ConnectDone: func(_, address string, err error) {
			if err == nil {
				p.address, p.connected = address, now().Sub(begun)
			}
		},
		TLSHandshakeStart:    func() { p.stage = securing },
		GotConn:              func(httptrace.GotConnInfo) { p.stage = waiting },
		WroteRequest:         func(httptrace.WroteRequestInfo) { p.sent = now() },
		GotFirstResponseByte: func() { p.received = now() },
	}
}

// answer is what the service and other JSON APIs answer with.
type answer struct {
	Error       any         `json:"error"`
	Exception   any         `json:"exception"`
	Description any         `json:"error_description"`
	Timestamp   json.Number `json:"timestamp"`
}

// json returns the answer's body; ok is false if it is not a JSON object.
func (p *probe) json() (a answer, ok bool) {
	return a, json.Unmarshal(p.body, &a) == nil
}

// port returns the host's port.
func (p *probe) port() string {
	switch {
	case p.host.Port() != "":
		return p.host.Port()
	case p.host.Scheme == "http":
		return "80"
	default:
		return "443"
	}
}

// where names the host and its port.
func (p *probe) where() string { return net.JoinHostPort(p.host.Hostname(), p.port()) }
