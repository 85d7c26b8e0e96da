// Package admin serves what a sandbox has and the hosted service does not: the
// connected devices, a log of events, and sending as a client. It needs an app token.
package admin

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/sandbox/live"
	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/token"
)

// Config configures the server.
type Config struct {
	Store   *store.Store
	Issuer  token.Issuer
	Now     func() time.Time
	Log     func(format string, args ...any)
	Devices func() []live.Device
	Send    func(ctx context.Context, r SendRequest) (id uint64, err error)
	AddUser func(ctx context.Context, name, password string) (created bool, err error)
	// Refused is called with each request without an app token.
	Refused func(ctx context.Context, r store.Refusal)
	// Stopping ends the requests that wait for events.
	Stopping context.Context //nolint:containedctx // of the server, not of a request
}

const (
	maxBody      = 1 << 20
	eventsAtOnce = 500
	// waitAtMost is how long a request waits for events.
	waitAtMost = 20 * time.Second
)

type server struct{ Config }

// New returns the handler of everything under Root.
func New(c Config) http.Handler {
	s := &server{c}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Root+"devices", s.devices)
	mux.HandleFunc("GET "+Root+"events", s.events)
	mux.HandleFunc("POST "+Root+"messages", s.send)
	mux.HandleFunc("POST "+Root+"users", s.addUser)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.allowed(r) {
			s.Refused(r.Context(), store.Refusal{
				Method: r.Method, Route: r.URL.Path, Status: http.StatusUnauthorized, Reason: "this needs an app token of the sandbox",
			})
			s.answer(w, http.StatusUnauthorized, failure{"this needs an app token of the sandbox"})
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		mux.ServeHTTP(w, r)
	})
}

func (s *server) allowed(r *http.Request) bool {
	value, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return false
	}
	claims, err := s.Issuer.Verify(value, s.Now())
	return err == nil && claims.IsApp()
}

func (s *server) answer(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		s.Log("bug: %v", err)
		status = http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(b) // fails when the client has disconnected
}

func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() == nil {
		s.Log("%s %s: %v", r.Method, r.URL.Path, err)
	}
	s.answer(w, http.StatusInternalServerError, failure{err.Error()})
}

func (s *server) devices(w http.ResponseWriter, _ *http.Request) {
	connected := s.Devices()
	items := make([]Device, len(connected))
	for i, d := range connected {
		items[i] = Device{User: d.User, Device: d.Resource, Name: d.Name, Since: roaming.Millis(d.Since.UnixMilli())}
	}
	s.answer(w, http.StatusOK, list[Device]{items})
}

// events answers with the events after ?after=, and waits for one for a while. Without
// after it waits for new events.
func (s *server) events(w http.ResponseWriter, r *http.Request) {
	after, err := s.after(r)
	if err != nil {
		s.answer(w, http.StatusBadRequest, failure{"after is not a number"})
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), waitAtMost)
	defer cancel()
	events, err := s.wait(ctx, after)
	if errors.Is(err, errStopping) {
		s.answer(w, http.StatusServiceUnavailable, failure{err.Error()})
		return
	}
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		s.fail(w, r, err)
		return
	}
	answer := page{Items: make([]Event, len(events)), Next: after}
	for i, e := range events {
		answer.Items[i], answer.Next = newEvent(e), e.Seq
	}
	s.answer(w, http.StatusOK, answer)
}

var errStopping = errors.New("the sandbox is stopping")

// wait waits for events until the sandbox stops.
func (s *server) wait(ctx context.Context, after int64) ([]store.Event, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(s.Stopping, func() { cancel(errStopping) })()
	events, err := s.Store.NextEvents(ctx, after, eventsAtOnce)
	if err != nil && errors.Is(context.Cause(ctx), errStopping) {
		return nil, errStopping
	}
	return events, err
}

func (s *server) after(r *http.Request) (int64, error) {
	text := r.URL.Query().Get("after")
	if text == "" {
		return s.Store.LastEvent(r.Context())
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return min(n, math.MaxInt64-1), err
}

func (s *server) send(w http.ResponseWriter, r *http.Request) {
	var q SendRequest
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		s.answer(w, http.StatusBadRequest, failure{"cannot read the body: " + err.Error()})
		return
	}
	id, err := s.Send(r.Context(), q)
	switch {
	case errors.Is(err, store.ErrKind), errors.Is(err, store.ErrName), errors.Is(err, ErrTooLarge):
		s.answer(w, http.StatusBadRequest, failure{err.Error()})
	case err != nil:
		s.fail(w, r, err)
	default:
		s.answer(w, http.StatusOK, sent{strconv.FormatUint(id, 10)})
	}
}

func (s *server) addUser(w http.ResponseWriter, r *http.Request) {
	var q UserRequest
	if json.NewDecoder(r.Body).Decode(&q) != nil { // the error can quote the password
		s.answer(w, http.StatusBadRequest, failure{"cannot read the body"})
		return
	}
	created, err := s.AddUser(r.Context(), q.User, q.Password)
	switch {
	case errors.Is(err, store.ErrName):
		s.answer(w, http.StatusBadRequest, failure{err.Error()})
	case err != nil:
		s.fail(w, r, err)
	default:
		s.answer(w, http.StatusOK, added{created})
	}
}
