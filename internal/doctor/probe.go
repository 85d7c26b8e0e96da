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
	"sync"
	"time"

	"github.com/roamctl/roamctl/internal/config"
)

// maxProbe bounds the answer that the probe reads.
const maxProbe = 64 << 10

// probe is one request to the host without a token, stage by stage. The service
// refuses it with 401 (docs/contract.md, section 1), which shows that it is the
// service.
type probe struct {
	host  *url.URL
	proxy *url.URL
	tls   *tls.ConnectionState
	observed

	err    error
	status int
	header http.Header
	body   []byte
}

// observed is what the transport reports of a request.
type observed struct {
	stage string // what was under way at the end
	// proxyStatus is the proxy's answer to CONNECT, 0 for none.
	proxyStatus    int
	address        string // the connection's other end
	connected      time.Duration
	sent, received time.Time
}

// observer collects what the transport reports. A dial can outlast its request.
type observer struct {
	mu    sync.Mutex
	begun time.Time
	observed
}

func (o *observer) note(change func(*observer)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	change(o)
}

func (o *observer) result() observed {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.observed
}

// The stages of a request.
const (
	lookingUp  = "looking up the host's address"
	connecting = "connecting"
	securing   = "negotiating TLS"
	waiting    = "waiting for the answer"
)

// send asks the host for the app's users, without a token.
func send(ctx context.Context, t Target, now func() time.Time) *probe {
	o := &observer{observed: observed{stage: lookingUp}}
	p := &probe{}
	defer func() { p.observed = o.result() }()
	if p.host, p.err = config.ParseHost(t.Host); p.err != nil {
		return p
	}
	ctx, cancel := context.WithTimeout(ctx, t.Timeout)
	defer cancel()
	org, app, _ := strings.Cut(t.AppKey, "#")
	at := p.host.JoinPath(url.PathEscape(org), url.PathEscape(app), "users")
	at.RawQuery = "limit=1"
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, o.trace(now)), http.MethodGet, at.String(), http.NoBody)
	if err != nil {
		p.err = err
		return p
	}
	req.Header.Set("Accept", "application/json")
	resp, err := p.transport(t.Transport, req, o).RoundTrip(req)
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
func (p *probe) transport(rt http.RoundTripper, req *http.Request, o *observer) http.RoundTripper {
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
		o.note(func(o *observer) { o.proxyStatus = resp.StatusCode })
		return nil
	}
	return t
}

func (o *observer) trace(now func() time.Time) *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		ConnectStart: func(string, string) {
			o.note(func(o *observer) {
				if o.begun.IsZero() {
					o.begun = now()
				}
				o.stage = connecting
			})
		},
		ConnectDone: func(_, address string, err error) {
			if err == nil {
				o.note(func(o *observer) { o.address, o.connected = address, now().Sub(o.begun) })
			}
		},
		TLSHandshakeStart:    func() { o.note(func(o *observer) { o.stage = securing }) },
		GotConn:              func(httptrace.GotConnInfo) { o.note(func(o *observer) { o.stage = waiting }) },
		WroteRequest:         func(httptrace.WroteRequestInfo) { o.note(func(o *observer) { o.sent = now() }) },
		GotFirstResponseByte: func() { o.note(func(o *observer) { o.received = now() }) },
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
