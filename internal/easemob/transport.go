package easemob

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http/httpproxy"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/textfile"
)

// maxHeader is the largest header of an answer, in bytes.
const maxHeader = 64 << 10

// NewTransport makes a transport with the proxies of the environment (HTTPS_PROXY,
// HTTP_PROXY, NO_PROXY), HTTP/2, the system's certificates and those of caFile, if it
// is not "". headerTimeout is for the first byte of an answer. An invalid caFile or
// proxy is a fault of kind fault.Config.
func NewTransport(caFile string, headerTimeout time.Duration) (*http.Transport, error) {
	pool, err := certificates(caFile)
	if err != nil {
		return nil, err
	}
	proxy, err := environmentProxy()
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                  proxy,
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		TLSClientConfig:        &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  headerTimeout,
		MaxIdleConns:           limiter.DefaultMaxInFlight,
		MaxIdleConnsPerHost:    limiter.DefaultMaxInFlight,
		MaxResponseHeaderBytes: maxHeader,
		IdleConnTimeout:        90 * time.Second,
	}, nil
}

// maxCAFile is several times the size of all public authorities' certificates.
const maxCAFile = 4 << 20

// certificates returns the system's pool with those of a file; nil is the system's.
func certificates(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := textfile.ReadFile(file, maxCAFile, fault.Config, "reading the CA file")
	if err != nil {
		return nil, err
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fault.New(fault.Config, "the CA file %s holds no certificate", file).
			WithHint("it must be PEM: -----BEGIN CERTIFICATE-----")
	}
	return pool, nil
}

// environmentProxy chooses the proxy for a request by the environment. It refuses a
// proxy that cannot be parsed, which httpproxy ignores. The value stays out of the
// error: it may hold a password.
func environmentProxy() (func(*http.Request) (*url.URL, error), error) {
	env := httpproxy.FromEnvironment()
	for name, value := range map[string]string{"HTTP_PROXY": env.HTTPProxy, "HTTPS_PROXY": env.HTTPSProxy} {
		if value != "" && !isProxy(value) && !isProxy("http://"+value) {
			return nil, fault.New(fault.Config, "the proxy in %s is not a URL", name).
				WithHint("it must look like http://proxy.example:3128")
		}
	}
	choose := env.ProxyFunc()
	return func(r *http.Request) (*url.URL, error) { return choose(r.URL) }, nil
}

func isProxy(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme)
}

// Request is a request of a dry run, without credentials.
type Request struct {
	Method string          `json:"method"`
	URL    string          `json:"url"`
	Body   json.RawMessage `json:"body,omitempty"`
}

// String returns the request on one line.
func (r Request) String() string {
	if len(r.Body) == 0 {
		return r.Method + " " + r.URL
	}
	return r.Method + " " + r.URL + " " + string(r.Body)
}

// Recorder is a transport for dry runs. It sends nothing, records the requests, and
// answers each as the service answers a deletion (docs/contract.md, sections 4 and
// 5) or a recall (section 9).
type Recorder struct {
	mu       sync.Mutex
	requests []Request
}

// Requests returns the recorded requests in order.
func (r *Recorder) Requests() []Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.requests
}

// RoundTrip records the request.
func (r *Recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	recorded := Request{Method: req.Method, URL: req.URL.String()}
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err := errors.Join(err, req.Body.Close()); err != nil {
			return nil, fmt.Errorf("recording the request: %w", err)
		}
		recorded.Body = body
	}
	r.mu.Lock()
	r.requests = append(r.requests, recorded)
	r.mu.Unlock()
	return &http.Response{
		StatusCode: http.StatusOK,
		Header:     http.Header{"Content-Type": {"application/json"}},
		Body:       io.NopCloser(bytes.NewReader(rehearsed(recorded))),
		Request:    req,
	}, nil
}

// rehearsed is the answer to a request that succeeds.
func rehearsed(r Request) []byte {
	var batch struct {
		Messages []recallRequest `json:"msgs"`
	}
	if !strings.HasSuffix(r.URL, "_recall") || json.Unmarshal(r.Body, &batch) != nil {
		return []byte(`{"requestStatusCode":"ok","data":{"result":"ok"}}`)
	}
	if batch.Messages == nil {
		return []byte(`{"data":{"recalled":"yes"}}`)
	}
	answers := make([]string, len(batch.Messages))
	for i, m := range batch.Messages {
		answers[i] = fmt.Sprintf(`{"msg_id":%q,"recalled":"yes"}`, m.ID)
	}
	return []byte(`{"data":[` + strings.Join(answers, ",") + `]}`)
}
