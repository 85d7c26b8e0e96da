// Package sandbox is an embedded stand-in for the hosted roaming service: one
// http.Handler that behaves as docs/contract.md says, on a data folder of its own.
// What it answered with 200 survives the death of the process.
//
// The parts: api answers the REST routes, live the devices, admin what only a
// sandbox has; store keeps the data in SQLite, wire encodes protobuf, token makes
// tokens, and generate makes up data.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/sandbox/admin"
	"github.com/roamctl/roamctl/internal/sandbox/api"
	"github.com/roamctl/roamctl/internal/sandbox/live"
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

	stopping context.Context //nolint:containedctx // ends what waits for events
	stop     context.CancelFunc
}

// Fault makes a sandbox misbehave. ParseFault describes its text form.
type Fault = api.Fault

// ParseFault parses a fault such as "route=history,status=503,count=2"; see
// api.ParseFault.
func ParseFault(spec string) (Fault, error) { return api.ParseFault(spec) }

// Feature is what the service opens for an app, or does not.
type Feature = api.Feature

// Features returns the features that a sandbox can close.
func Features() []Feature { return api.Features() }

// RouteNames returns the names of the routes that a fault can be for.
func RouteNames() []string { return api.RouteNames() }

// Open opens a sandbox. It creates the data folder if there is none. A folder
// that can't be used is a fault.Config.
func Open(ctx context.Context, o Options) (*Sandbox, error) {
	s := &Sandbox{options: o.withDefaults(), dir: o.Dir}
	s.stopping, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	if s.dir == "" {
		dir, err := os.MkdirTemp("", "roamctl-sandbox-")
		if err != nil {
			return nil, fmt.Errorf("creating an ephemeral sandbox: %w", err)
		}
		s.dir = dir
	}
	if err := s.open(ctx); err != nil {
		if _, unusable := errors.AsType[*fs.PathError](err); unusable {
			err = fault.Wrap(fault.Config, err, "cannot open the sandbox")
		}
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
	s.hub = live.New(live.Config{
		Store: s.store, Issuer: s.issuer, Now: s.options.Now, Log: s.options.Log, RecallWindow: s.options.RecallWindow,
		Refused: s.refused,
	})
	mux := http.NewServeMux()
	mux.Handle(WebSocketPath, s.hub)
	mux.Handle(admin.Root, admin.New(admin.Config{
		Store: s.store, Issuer: s.issuer, Now: s.options.Now, Log: s.options.Log, Devices: s.hub.Devices, Send: s.sendFor,
		AddUser: s.addUser, Stopping: s.stopping, Refused: s.refused,
	}))
	mux.Handle("/", api.New(api.Config{
		Store: s.store, Issuer: s.issuer, Now: s.options.Now, Limits: s.options.Limits, Log: s.options.Log, Refused: s.refused,
		Resources: s.hub.Resources, RecallWindow: s.options.RecallWindow, HistoryFiles: s.options.HistoryFiles, FilesKept: s.options.FilesKept, Closed: s.options.Closed,
		Latency: s.options.Latency, Faults: s.options.Faults, Sleep: s.options.Sleep,
	}))
	s.handler = mux
	return nil
}

// refused notes a refused request or frame in the log and in the events.
func (s *Sandbox) refused(ctx context.Context, r store.Refusal) {
	r = r.Bounded()
	if s.options.LogRefusal != nil {
		s.options.LogRefusal("refused %s", r)
	}
	// The client may have disconnected.
	if err := s.store.RecordRefusal(context.WithoutCancel(ctx), r); err != nil && s.stopping.Err() == nil {
		s.options.Log("%v", err)
	}
}

// WebSocketPath is where devices connect (docs/contract.md, section 13).
const WebSocketPath = "/ws"

// Handler returns the handler of the service under /{org}/{app}/, of devices at
// WebSocketPath, and of what only a sandbox has under /_sandbox/. Close ends devices'
// connections.
func (s *Sandbox) Handler() http.Handler { return s.handler }

// Transport returns a transport that reaches the sandbox without a socket, whatever
// host a request names. A fault that cuts the connection is an error of the round
// trip or of reading the body.
func (s *Sandbox) Transport() http.RoundTripper { return transport{s.handler} }

// Stop ends the requests that wait for events, so that a server can shut down at
// once. Close does so, too.
func (s *Sandbox) Stop() { s.stop() }

// Close closes the data folder, and removes an ephemeral one.
func (s *Sandbox) Close() error {
	s.stop()
	var err error
	if s.hub != nil {
		s.hub.Close()
	}
	if s.store != nil {
		err = s.store.Close()
	}
	if s.options.Dir == "" {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	if err != nil {
		return fmt.Errorf("closing the sandbox: %w", err)
	}
	return nil
}

// Info describes a sandbox.
type Info struct {
	Dir      string `json:"dir"`
	AppKey   string `json:"app_key"`
	Users    int64  `json:"users"`
	Groups   int64  `json:"groups"`
	Rooms    int64  `json:"rooms"`
	Messages int64  `json:"messages"` // stored, those that a user deleted included
	Files    int64  `json:"files"`    // that clients uploaded and the sandbox still has
	Bytes    int64  `json:"bytes"`    // on disk
}

// Info counts what the sandbox has.
func (s *Sandbox) Info(ctx context.Context) (Info, error) {
	c, err := s.store.Counts(ctx)
	if err != nil {
		return Info{}, err
	}
	i := Info{Dir: s.dir, AppKey: s.issuer.AppKey, Users: c.Users, Groups: c.Groups, Rooms: c.Rooms, Messages: c.Messages, Files: c.Files, Bytes: c.FileBytes}
	for _, path := range files(s.dir) {
		if st, err := os.Stat(path); err == nil {
			i.Bytes += st.Size()
		}
	}
	return i, nil
}
