package easemob

import (
	"cmp"
	"net/http"

	"github.com/go-resty/resty/v2"
	"golang.org/x/sync/semaphore"

	"github.com/roamctl/roamctl/internal/clock"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/secrets"
)

// Options are a client's settings. Host, AppKey, and either AppToken or both
// of ClientID and ClientSecret are needed; the rest has defaults.
type Options struct {
	// Host is the data centre's API host as the vendor's console shows it
	// ("a1.easemob.com", reached over https), or a URL ("http://127.0.0.1:8080").
	Host string
	// AppKey is "org#app".
	AppKey string

	// ClientID and ClientSecret are the app's credentials.
	ClientID, ClientSecret string
	// AppToken is an app token got elsewhere. It is used before the
	// credentials, until the service refuses it.
	AppToken string

	Transport http.RoundTripper // nil: NewTransport's, with its defaults
	Tokens    TokenStore        // nil: this client's memory only
	Limiter   *limiter.Limiter  // decides when attempts begin; nil: one without limits
	Retry     Retry
	Clock     Clock  // nil: real time
	UserAgent string // "": "roamctl"

	// Secrets takes the secrets of this client out of what it says, and of
	// what else it is asked for; nil: one of its own.
	Secrets *secrets.Redactor

	// Trace gets one record for each HTTP attempt, secrets taken out; nil:
	// none. It may be called from several goroutines at once.
	Trace func(Exchange)
	// Warn gets what went wrong without failing a call, such as a token
	// cache that cannot be written; nil: ignored.
	Warn func(error)
}

// Client talks to the service for one App Key. It is safe for concurrent use.
type Client struct {
	http    *resty.Client
	app     appKey
	host    string
	tokens  *tokens
	limiter *limiter.Limiter
	retry   Retry
	clock   Clock
	trace   func(Exchange)
	service serviceTime
	large   *semaphore.Weighted // answers above smallAnswer
	secrets *secrets.Redactor
}

var _ roaming.Service = (*Client)(nil)

// Limiter returns what decides when the client's calls begin.
func (c *Client) Limiter() *limiter.Limiter { return c.limiter }

// New makes a client. It sends nothing. Missing or unusable settings are a
// fault of kind fault.Config.
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
		if transport, err = NewTransport(TransportOptions{}); err != nil {
			return nil, err
		}
	}
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	c := &Client{
		http:    newHTTP(transport, host.JoinPath(app.path()).String(), cmp.Or(o.UserAgent, "roamctl")),
		app:     app,
		host:    host.Host,
		limiter: o.Limiter,
		retry:   o.Retry.withDefaults(),
		clock:   o.Clock,
		trace:   o.Trace,
		large:   semaphore.NewWeighted(largeAnswers),
		secrets: o.Secrets,
	}
	if c.secrets == nil {
		c.secrets = &secrets.Redactor{}
	}
	c.secrets.Add(o.ClientSecret)
	c.secrets.Add(o.AppToken)
	if c.limiter == nil {
		c.limiter = limiter.New(limiter.Options{Clock: o.Clock})
	}
	c.tokens = newTokens(c, o)
	// The host issued this one to an earlier command, and may repeat it to one
	// that sends only users' tokens.
	if token, ok := c.tokens.store.Load(c.tokens.key(asApp())); ok {
		c.secrets.Add(token.Value)
	}
	return c, nil
}

func checkCredentials(o Options) error {
	switch {
	case o.ClientID != "" && o.ClientSecret != "":
		return nil
	case o.ClientID != "" && o.AppToken == "":
		return fault.New(fault.Config, "the client secret is missing").
			WithHint("set client ID and client secret, both from the vendor's console, or an app token")
	case o.ClientSecret != "" && o.AppToken == "":
		return fault.New(fault.Config, "the client ID is missing").
			WithHint("set client ID and client secret, both from the vendor's console, or an app token")
	case o.AppToken == "":
		return fault.New(fault.Config, "no credentials for App Key %s", o.AppKey).
			WithHint("set client ID and client secret, both from the vendor's console, or an app token")
	}
	return nil
}

// newHTTP makes the resty client: one attempt a call (see call.go), nothing
// on stderr, no cookies, and no redirects, because a token must not follow one.
func newHTTP(transport http.RoundTripper, base, userAgent string) *resty.Client {
	return resty.NewWithClient(&http.Client{
		Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}).
		SetBaseURL(base).
		SetLogger(silent{}).
		SetRetryCount(0).
		SetResponseBodyLimit(maxAnswer).
		SetHeader("User-Agent", userAgent).
		SetHeader("Accept", "application/json")
}

// silent drops resty's own log lines: they go to stderr and may hold URLs.
type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}
