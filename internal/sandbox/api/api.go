package api

import (
	"net/http"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/sandbox/quota"
	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/token"
)

// Config is what the service runs on.
type Config struct {
	Store  *store.Store
	Issuer token.Issuer
	Now    func() time.Time
	Quotas *quota.Book // nil for no limits
	Log    func(format string, args ...any)
	// Wrap is put around every route's handler; route is its name, or
	// UnknownRoute.
	Wrap func(route string, h http.Handler) http.Handler
	Rules
}

// Rules are the settings that an app can buy or ask for.
type Rules struct {
	ListCap           int           // conversations that a user has at most
	ListAge           time.Duration // how long an idle one is kept; 0 for ever
	RecentCount       int           // conversations of the old list
	RecentAge         time.Duration // how far back the old list looks
	HistoryAge        time.Duration // how long messages are kept; 0 for ever
	NoPriorMessages   bool          // group members see only what came after they joined
	MaxDeleteIDs      int           // message IDs in one deletion
	RecallWindow      time.Duration // how old a message may be that is recalled without force
	MillisecondExpiry bool          // expires_in in milliseconds, as some clusters have it
	NoRoaming         bool          // the add-on is not bought
}

// maxBody bounds a request's body. The contract's largest, an import, is 5 KB.
const maxBody = 1 << 20

type service struct {
	Config
	org, app string
}

// New makes the handler.
func New(c Config) http.Handler {
	s := &service{Config: c}
	s.org, s.app, _ = strings.Cut(c.Issuer.AppKey, "#")
	mux := http.NewServeMux()
	for _, rt := range s.routes() {
		method, path, _ := strings.Cut(rt.pattern, " ")
		mux.Handle(method+" /{org}/{app}"+path, s.Wrap(rt.name, s.handler(rt)))
	}
	mux.Handle("/", s.Wrap(UnknownRoute, s.handler(route{name: UnknownRoute, do: notFound})))
	return s.guard(mux)
}

// guard takes what browsers and careless clients send, and keeps a bug in one
// request from ending the process.
func (s *service) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch p := recover(); p {
			case nil:
			case http.ErrAbortHandler: // a fault that cuts the connection
				panic(p)
			default:
				s.Log("bug: %s %s: %v", r.Method, r.URL.Path, p)
				s.fail(w, r, errInternal())
			}
		}()
		allowOrigins(w, r)
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		// The vendor's web client writes Post and Delete in some calls.
		if upper := strings.ToUpper(r.Method); upper != r.Method {
			r = r.WithContext(r.Context())
			r.Method = upper
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// allowOrigins lets pages of any origin call the sandbox.
func allowOrigins(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, OPTIONS")
	h.Set("Access-Control-Max-Age", "86400")
	headers := r.Header.Get("Access-Control-Request-Headers")
	if headers == "" {
		headers = "Authorization, Content-Type"
	}
	h.Set("Access-Control-Allow-Headers", headers)
}
