// Package easemob is the client of the hosted service: it implements
// roaming.Service over the HTTP calls of docs/contract.md, sections 1 to 5, 8 and 9.
//
// call.go describes a call. exchange.go makes it: resty sends the attempts, and
// before each the client waits for the limiter and sets a token (tokens.go). The
// answer (answer.go) becomes values of the domain or a fault.Error (answer_fault.go).
//
// Exports read history in bulk, so its protobuf is decoded by generated code
// without reflection (meta.go, msyncpb). Tests compare it with package proto, and the
// decoding of JSON (json.go) with encoding/json.
package easemob

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-resty/resty/v2"
	"golang.org/x/sync/semaphore"

	"github.com/roamctl/roamctl/internal/clock"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/secrets"
)

// Options are a client's settings. Host, AppKey, and either AppToken or both
// ClientID and ClientSecret are required.
type Options struct {
	// Host is the data centre's API host as the vendor's console shows it
	// ("a1.easemob.com", reached by https), or a URL ("http://127.0.0.1:8080").
	Host string
	// AppKey is "org#app".
	AppKey string

	// ClientID and ClientSecret are the app's credentials.
	ClientID, ClientSecret string
	// AppToken, if not empty, is used before the credentials until the service
	// refuses it.
	AppToken string

	// HistoryFilesZone is the zone in which the host names history files; nil: the
	// host's, if it is a known data centre.
	HistoryFilesZone *time.Location

	Transport http.RoundTripper // nil: NewTransport's, with its defaults
	Tokens    *TokenStore       // nil: this client's memory
	Findings  *Findings         // nil: this client's memory
	Limiter   *limiter.Limiter  // decides when attempts begin; nil: one without limits
	Retry     Retry
	Clock     clock.Clock // nil: the system's
	UserAgent string      // "": "roamctl"

	// HistoryToken says whose token reads histories; "": HistoryTokenAuto.
	HistoryToken HistoryToken

	// Secrets redacts errors and traces; nil: the client's own.
	Secrets *secrets.Redactor

	// Trace, if not nil, is called after each HTTP attempt. It must be safe for
	// concurrent use.
	Trace func(Attempt)
	// Warn, if not nil, is called with what goes wrong without failing a call,
	// such as a token cache that cannot be written.
	Warn func(error)
	// OnFullList, if not nil, is called once with each user whose conversation list
	// was read to its end and has exactly as many conversations as a list can have.
	// It must be safe for concurrent use.
	OnFullList func(user string, conversations int)
}

// Client talks to the service for one App Key. It is safe for concurrent use.
type Client struct {
	http            *resty.Client
	app             appKey
	host            string
	tokens          *tokens
	findings        *Findings
	historyToken    HistoryToken
	limiter         *limiter.Limiter
	retry           Retry
	clock           clock.Clock
	trace           func(Attempt)
	service         serviceTime
	large           *semaphore.Weighted // answers above smallAnswer
	secrets         *secrets.Redactor
	historyFileZone *time.Location // nil: not known
	fullLists       fullLists
}

var _ roaming.Service = (*Client)(nil)

// Limiter returns the limiter of the client's attempts.
func (c *Client) Limiter() *limiter.Limiter { return c.limiter }

// New makes a client. It sends nothing. Missing or invalid settings are a fault of
// kind fault.Config.
func New(o Options) (*Client, error) {
	app, err := parseAppKey(o.AppKey)
	if err != nil {
		return nil, err
	}
	host, err := parseHost(o.Host)
	if err != nil {
		return nil, err
	}
	if err := checkCredentials(o); err != nil {
		return nil, err
	}
	transport := o.Transport
	if transport == nil {
		if transport, err = NewTransport("", o.Retry.withDefaults().Timeout); err != nil {
			return nil, err
		}
	}
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	c := &Client{
		app:             app,
		host:            host.Host,
		limiter:         o.Limiter,
		retry:           o.Retry.withDefaults(),
		clock:           o.Clock,
		trace:           o.Trace,
		large:           semaphore.NewWeighted(largeAnswers),
		secrets:         o.Secrets,
		findings:        o.Findings,
		historyToken:    cmp.Or(o.HistoryToken, HistoryTokenAuto),
		historyFileZone: cmp.Or(o.HistoryFilesZone, historyFileZone(host.Host)),
		fullLists:       fullLists{found: o.OnFullList},
	}
	c.http = newHTTP(transport, host.JoinPath(app.path()).String(), cmp.Or(o.UserAgent, "roamctl"), c.retry)
	if c.secrets == nil {
		c.secrets = &secrets.Redactor{}
	}
	c.secrets.Add(o.ClientSecret)
	c.secrets.Add(o.AppToken)
	if c.limiter == nil {
		c.limiter = limiter.New(limiter.Options{Clock: o.Clock})
	}
	if c.findings == nil {
		c.findings = NewFindings("")
	}
	c.tokens = newTokens(c, o)
	// The host may repeat the token that it issued to an earlier command.
	if token, ok := c.tokens.store.load(c.tokens.key(asApp())); ok {
		c.secrets.Add(token.Value)
	}
	return c, nil
}

func checkCredentials(o Options) error {
	var missing string
	switch {
	case o.ClientID != "" && o.ClientSecret != "", o.AppToken != "":
		return nil
	case o.ClientID != "":
		missing = "the client secret is missing"
	case o.ClientSecret != "":
		missing = "the client ID is missing"
	default:
		missing = "no credentials for App Key " + o.AppKey
	}
	return fault.New(fault.Config, "%s", missing).
		WithHint("set client ID and client secret, both from the vendor's console, or an app token")
}

// newHTTP makes the resty client. Its retry condition is each exchange's. It waits
// for no backoff, because the limiter does, and follows no redirects, because a
// token must not.
func newHTTP(transport http.RoundTripper, base, userAgent string, retry Retry) *resty.Client {
	return resty.NewWithClient(&http.Client{
		Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}).
		SetBaseURL(base).
		SetLogger(noLog{}).
		SetTimeout(retry.Timeout).     // of an attempt
		SetRetryCount(retry.Attempts). // one more than the retries, for a 401
		SetRetryWaitTime(0).
		OnBeforeRequest(func(_ *resty.Client, r *resty.Request) error {
			x, _ := r.Context().Value(exchangeKey{}).(*exchange)
			return x.before(r)
		}).
		SetHeader("User-Agent", userAgent).
		SetHeader("Accept", "application/json")
}

// noLog drops resty's log, which goes to stderr and may hold URLs.
type noLog struct{}

func (noLog) Errorf(string, ...any) {}
func (noLog) Warnf(string, ...any)  {}
func (noLog) Debugf(string, ...any) {}

// appKey is an App Key, "org#app".
type appKey struct{ org, app string }

func parseAppKey(s string) (appKey, error) {
	org, app, ok := strings.Cut(s, "#")
	if !ok || !isPathSegment(org) || !isPathSegment(app) || strings.Contains(app, "#") {
		return appKey{}, fault.New(fault.Config, "%q is not an App Key", s).
			WithHint("an App Key is org#app, as the vendor's console shows it")
	}
	return appKey{org, app}, nil
}

func (k appKey) String() string { return k.org + "#" + k.app }

// path is the app's path on the host.
func (k appKey) path() string { return url.PathEscape(k.org) + "/" + url.PathEscape(k.app) }

// isPathSegment reports whether s, escaped, is valid in a path. Servers and proxies
// resolve dots.
func isPathSegment(s string) bool { return s != "" && s != "." && s != ".." }

// parseHost reads a host name, which means https, or a URL.
func parseHost(s string) (*url.URL, error) {
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	// err and s stay out of the message: a URL may hold a password.
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" ||
		(u.Scheme != "http" && u.Scheme != "https") {
		return nil, fault.New(fault.Config, "the host is neither a host name nor an http(s) URL without user, query and fragment").
			WithHint("the host is shown in the vendor's console, such as a1.easemob.com; http://127.0.0.1:8080 works too")
	}
	return u, nil
}
