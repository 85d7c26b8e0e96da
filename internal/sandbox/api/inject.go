package api

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// injector adds faults to handlers.
type injector struct {
	latency time.Duration // before every request
	sleep   func(context.Context, time.Duration) error
	report  func(rt route, c *call, e *refusal)

	mu     sync.Mutex
	faults []*armed
}

// armed is a fault with its counters.
type armed struct {
	Fault
	dice        *rand.Rand
	seen, fired int
}

func newInjector(s *service) *injector {
	in := &injector{latency: s.Latency, sleep: s.Sleep, report: s.report}
	for i, f := range s.Faults {
		if f.Route == "" {
			f.Route = "*"
		}
		dice := rand.New(rand.NewPCG(f.Seed, uint64(i)))
		in.faults = append(in.faults, &armed{Fault: f, dice: dice})
	}
	return in
}

// strikes reports whether the fault happens to this request, and counts it.
func (a *armed) strikes() bool {
	a.seen++
	if a.Nth > 0 && a.seen != a.Nth {
		return false
	}
	if a.Count > 0 && a.fired >= a.Count {
		return false
	}
	if a.P > 0 && a.dice.Float64() >= a.P {
		return false
	}
	a.fired++
	return true
}

// plan combines the faults of one request: delays add up, of the others the first
// of each kind counts.
func (in *injector) plan(route string) Fault {
	in.mu.Lock()
	defer in.mu.Unlock()
	p := Fault{Delay: in.latency}
	for _, a := range in.faults {
		if !a.matches(route) || !a.strikes() {
			continue
		}
		p.Delay += a.Delay
		if p.Status == 0 {
			p.Status, p.RetryAfter = a.Status, a.RetryAfter
		}
		if p.Reset == "" {
			p.Reset = a.Reset
		}
		if p.Corrupt == "" {
			p.Corrupt = a.Corrupt
		}
		p.Truncate = p.Truncate || a.Truncate
	}
	return p
}

// wrap adds the faults of a route to its handler.
func (in *injector) wrap(rt route, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := in.plan(rt.name)
		if p.Delay > 0 && in.sleep(r.Context(), p.Delay) != nil {
			return // the client has disconnected
		}
		switch {
		case p.Reset == ResetBefore:
			cut(w)
		case p.Status != 0:
			e := p.refusal()
			in.report(rt, newCall(r), e)
			p.refuse(w, e)
		case p.Reset == "" && !p.Truncate && p.Corrupt == "":
			h.ServeHTTP(w, r)
		default:
			p.change(w, r, h)
		}
	})
}

// change runs the handler and changes its answer.
func (f Fault) change(w http.ResponseWriter, r *http.Request, h http.Handler) {
	rec := &recorder{header: w.Header(), status: http.StatusOK}
	h.ServeHTTP(rec, r)
	if f.Reset == ResetAfter {
		cut(w)
		return
	}
	body := rec.body.Bytes()
	if f.Corrupt != "" && rec.status == http.StatusOK {
		body = corrupt(body, f.Corrupt)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(rec.status)
	if !f.Truncate {
		_, _ = w.Write(body) // fails when the client has disconnected
		return
	}
	_, _ = w.Write(body[:len(body)/2])
	_ = http.NewResponseController(w).Flush() // in process it is not supported
	panic(http.ErrAbortHandler)
}

// cut ends the connection without an answer, with a TCP reset if it is TCP.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // has Close reset it
	}
	_ = conn.Close()
}

// refusal returns the refusal with the fault's status.
func (f Fault) refusal() *refusal {
	word := "service_unavailable"
	if f.Status == http.StatusTooManyRequests {
		word = "resource_limited"
	}
	return refuse(f.Status, word, "a fault of the sandbox: %s", http.StatusText(f.Status))
}

// refuse answers with the fault's status.
func (f Fault) refuse(w http.ResponseWriter, e *refusal) {
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((f.RetryAfter+time.Second-1)/time.Second)))
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(f.Status)
	_, _ = fmt.Fprintf(w, `{"error":%q,"exception":%q,"timestamp":0,"duration":0,"error_description":%q}`+"\n",
		e.word, e.word, e.description)
}

// recorder keeps an answer in memory.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }
