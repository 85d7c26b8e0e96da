// Package api answers the REST routes of docs/contract.md from a store, with its
// limits, and misbehaves on request. Every route is a row of one table. What
// docs/contract.md leaves open is marked [inferred] where it is decided, always the
// stricter way.
package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/token"
)

// Config configures the service.
type Config struct {
	Store  *store.Store
	Issuer token.Issuer
	Now    func() time.Time
	Limits bool // enforce the limits of docs/contract.md, section 10
	Log    func(format string, args ...any)
	// Resources returns the connected devices of a user.
	Resources func(user string) []string
	// Refused is called with each refused request, before its answer.
	Refused func(ctx context.Context, r store.Refusal)

	RecallWindow time.Duration // how old a message can be that is recalled without force
	Closed       []Feature     // what the app has not opened

	HistoryFiles HistoryFiles
	FilesKept    time.Duration // how long uploaded files can be downloaded

	Latency time.Duration // of every request
	Faults  []Fault
	Sleep   func(ctx context.Context, d time.Duration) error // waits for latency and delays
}

// Default limits of an app (docs/contract.md, sections 2, 4 and 9).
const (
	listCap      = 100                // conversations on a user's list
	recentCount  = 10                 // conversations on the recent list
	recentAge    = 7 * 24 * time.Hour // how far it looks back
	maxDeleteIDs = 50                 // message IDs in one deletion
	maxRecall    = 30                 // messages in one batch of recalls
)

// Bounds of a request's body. The largest that is not an upload, an import, is 5 KB. A
// file that is a little too large is read to its end, so that the client reads the
// refusal.
const (
	maxBody   = 1 << 20
	maxUpload = 2 * maxFile
)

type service struct {
	Config
	org, app string
	limiter  *limiter
	encoded  encodedMessages
}

// New returns the handler of everything under /{org}/{app}.
func New(c Config) http.Handler {
	s := &service{Config: c, limiter: newLimiter(c.Now)}
	s.org, s.app, _ = strings.Cut(c.Issuer.AppKey, "#")
	faults := newInjector(s)
	unknown := route{name: unknownRoute, do: notFound}
	table := &router{unknown: faults.wrap(unknown, s.handler(unknown))}
	rows := s.routes()
	for _, g := range gaps() {
		rows = append(rows, g.route())
	}
	for _, rt := range rows {
		table.add(rt.fullPattern(), faults.wrap(rt, s.handler(rt)))
	}
	storage := faults.wrap(downloads(), http.HandlerFunc(s.download))
	return s.guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, storageRoot) {
			storage.ServeHTTP(w, r)
			return
		}
		table.ServeHTTP(w, r)
	}))
}

// guard accepts what browsers and careless clients send, and keeps a bug in one
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
		// The vendor's web client sends Post and Delete in some calls.
		if upper := strings.ToUpper(r.Method); upper != r.Method {
			r = r.WithContext(r.Context())
			r.Method = upper
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxUpload)
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
