package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/roamctl/roamctl/internal/sandbox/admin"
	"github.com/roamctl/roamctl/internal/sandbox/api"
	"github.com/roamctl/roamctl/internal/sandbox/faults"
	"github.com/roamctl/roamctl/internal/sandbox/inproc"
	"github.com/roamctl/roamctl/internal/sandbox/live"
	"github.com/roamctl/roamctl/internal/sandbox/quota"
	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/token"
)

// Sandbox is an open sandbox. It is safe for concurrent use, and several
// processes may have one data folder open.
type Sandbox struct {
	options Options
	dir     string
	store   *store.Store
	issuer  token.Issuer
	handler http.Handler
	hub     *live.Hub

	stopping context.Context //nolint:containedctx // ends what waits for something to happen
	stop     context.CancelFunc
}

// Fault is something that goes wrong; see ParseFault.
type Fault = faults.Fault

// ParseFault reads a fault such as "route=history,status=503,count=2". The
// parts, in any order:
//
//	route=PATTERN      which calls (default *); see RouteNames, and delete.* is a pattern
//	status=503         answer with that status; retry-after=2s adds the header
//	delay=300ms        wait first (alone, or with any of the others)
//	reset              cut the connection before the work is done; reset=after: after it
//	truncate           send half of the answer, then cut the connection
//	corrupt            spoil one item of the page; corrupt=base64: not even base64
//	p=0.05             with this probability; seed=7 picks the dice
//	count=2            at most twice
//	nth=3              the third matching call only
func ParseFault(spec string) (Fault, error) {
	return faults.Parse(spec, api.RouteNames(), api.MatchRoute)
}

// RouteNames are the names of calls that a fault can be tied to.
func RouteNames() []string { return api.RouteNames() }

// Open opens a sandbox and makes its data folder when there is none.
func Open(ctx context.Context, o Options) (*Sandbox, error) {
	s := &Sandbox{options: o.withDefaults(), dir: o.Dir}
	s.stopping, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	if s.dir == "" {
		dir, err := os.MkdirTemp("", "roamctl-sandbox-")
		if err != nil {
			return nil, fmt.Errorf("making an ephemeral sandbox: %w", err)
		}
		s.dir = dir
	}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Sandbox) open(ctx context.Context) (err error) {
	if s.store, err = store.Open(ctx, s.dir, s.options.Now, newCredentials); err != nil {
		return err
	}
	settings, err := s.store.Settings(ctx)
	if err != nil {
		return err
	}
	if s.issuer, err = readCredentials(settings); err != nil {
		return err
	}
	var quotas *quota.Book
	if s.options.Limits {
		quotas = quota.NewBook(s.options.Now)
	}
	injector := faults.New(s.options.Faults, s.options.Latency, api.MatchRoute, s.options.Sleep)
	s.hub = live.New(live.Config{Store: s.store, Issuer: s.issuer, Now: s.options.Now, Log: s.options.Log})
	mux := http.NewServeMux()
	mux.Handle(WebSocketPath, s.hub)
	mux.Handle(admin.Root, admin.New(admin.Config{
		Store: s.store, Issuer: s.issuer, Now: s.options.Now, Log: s.options.Log, Devices: s.hub.Devices, Send: s.sendFor,
		Stopping: s.stopping,
	}))
	mux.Handle("/", api.New(api.Config{
		Store: s.store, Issuer: s.issuer, Now: s.options.Now, Quotas: quotas, Log: s.options.Log,
		Wrap: injector.Wrap, Rules: s.options.rules(),
	}))
	s.handler = mux
	return nil
}

// WebSocketPath is where devices connect (contract, live).
const WebSocketPath = "/ws"

// Handler answers the contract, under /{org}/{app}/, devices at WebSocketPath,
// and what only a sandbox has under /_sandbox/. Close ends devices' connections.
func (s *Sandbox) Handler() http.Handler { return s.handler }

// Transport reaches the sandbox without a socket, whatever host a request
// names. A fault that cuts the connection becomes an error of the round trip
// or of reading the body.
func (s *Sandbox) Transport() http.RoundTripper { return inproc.Transport{Handler: s.handler} }

// Stop ends the requests that wait for something to happen, so that a server
// can shut down at once. Close does so, too.
func (s *Sandbox) Stop() { s.stop() }

// Close ends the use of the data folder, and removes an ephemeral one.
func (s *Sandbox) Close() error {
	s.stop()
	var err error
	if s.hub != nil {
		err = s.hub.Close()
	}
	if s.store != nil {
		err = errors.Join(err, s.store.Close())
	}
	if s.options.Dir == "" {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	if err != nil {
		return fmt.Errorf("closing the sandbox: %w", err)
	}
	return nil
}

// Info is what there is in a sandbox.
type Info struct {
	Dir      string `json:"dir"`
	AppKey   string `json:"app_key"`
	Users    int64  `json:"users"`
	Groups   int64  `json:"groups"`
	Rooms    int64  `json:"rooms"`
	Messages int64  `json:"messages"` // stored; what users deleted for themselves counts
	Bytes    int64  `json:"bytes"`    // on disk
}

// Info counts what there is.
func (s *Sandbox) Info(ctx context.Context) (Info, error) {
	c, err := s.store.Counts(ctx)
	if err != nil {
		return Info{}, err
	}
	i := Info{Dir: s.dir, AppKey: s.issuer.AppKey, Users: c.Users, Groups: c.Groups, Rooms: c.Rooms, Messages: c.Messages}
	for _, path := range files(s.dir) {
		if st, err := os.Stat(path); err == nil {
			i.Bytes += st.Size()
		}
	}
	return i, nil
}
