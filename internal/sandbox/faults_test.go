package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func mustFault(t *testing.T, spec string) Fault {
	t.Helper()
	f, err := ParseFault(spec)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestParseFault(t *testing.T) {
	got := mustFault(t, "route=delete.*, status=503,retry-after=1500ms,delay=2s,reset=after,truncate,corrupt=base64,p=0.5,count=2,nth=3,seed=7")
	want := Fault{
		Route: "delete.*", Status: 503, RetryAfter: 1500 * time.Millisecond, Delay: 2 * time.Second, Reset: "after",
		Truncate: true, Corrupt: "base64", P: 0.5, Count: 2, Nth: 3, Seed: 7,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{
		"", "route=history", "route=nothing,reset", "status=200", "status=x", "delay=-1s", "p=0,reset", "p=2,reset",
		"count=0,reset", "nth=-1,reset", "reset=sideways", "corrupt=all", "what=ever", "route=[,reset",
	} {
		if _, err := ParseFault(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

const historyBody = `{"queue":"bob@easemob.com"}`

// reply is an answer that was read as far as it came.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (w world) history(t *testing.T, rt http.RoundTripper) (reply, error) {
	t.Helper()
	res, err := rt.RoundTrip(w.request(t, "POST", "/users/alice/messageroaming", w.auth(t, "alice"), historyBody))
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return reply{res.StatusCode, res.Header, b}, err
}

// inBoth runs a test in process and through a socket.
func inBoth(t *testing.T, specs []string, run func(t *testing.T, w world, rt http.RoundTripper)) {
	t.Helper()
	faults := make([]Fault, len(specs))
	for i, spec := range specs {
		faults[i] = mustFault(t, spec)
	}
	t.Run("in process", func(t *testing.T) {
		w := newWorld(t, Options{Faults: faults})
		run(t, w, w.s.Transport())
	})
	t.Run("socket", func(t *testing.T) {
		w := newWorld(t, Options{Faults: faults})
		srv := httptest.NewServer(w.s.Handler())
		defer srv.Close()
		run(t, w, redirect{strings.TrimPrefix(srv.URL, "http://")})
	})
}

// redirect sends everything to one server, each on a connection of its own.
type redirect struct{ host string }

func (r redirect) RoundTrip(req *http.Request) (*http.Response, error) {
	req.URL.Host = r.host
	return (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
}

func TestFaultStatus(t *testing.T) {
	inBoth(t, []string{"route=history,status=503,count=2,retry-after=1500ms"}, func(t *testing.T, w world, rt http.RoundTripper) {
		t.Helper()
		var got []int
		for range 3 {
			res, err := w.history(t, rt)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, res.status)
			if res.status == http.StatusServiceUnavailable {
				if res.header.Get("Retry-After") != "2" || !json.Valid(res.body) {
					t.Error(res.header, string(res.body))
				}
			}
		}
		if diff := cmp.Diff([]int{503, 503, 200}, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestFaultReset(t *testing.T) {
	inBoth(t, []string{"route=history,reset,nth=2"}, func(t *testing.T, w world, rt http.RoundTripper) {
		t.Helper()
		if _, err := w.history(t, rt); err != nil {
			t.Fatal(err)
		}
		if _, err := w.history(t, rt); !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) {
			t.Fatal("want a reset:", err)
		}
		if _, err := w.history(t, rt); err != nil {
			t.Fatal(err)
		}
	})
}

// TestFaultResetAfter: the work is done, only the answer is lost.
func TestFaultResetAfter(t *testing.T) {
	inBoth(t, []string{"route=delete.ids,reset=after"}, func(t *testing.T, w world, rt http.RoundTripper) {
		t.Helper()
		path := "/rest/message/roaming/chat/user/alice?userId=bob&msgIdList=101"
		if res, err := rt.RoundTrip(w.request(t, "DELETE", path, w.auth(t, "app"), "")); err == nil {
			t.Fatal("want a reset", res.Status, res.Body.Close())
		}
		if ids := historyIDs(t, w, "alice", "bob@easemob.com"); slices.Contains(ids, 101) {
			t.Error("the deletion was not done")
		}
	})
}

func TestFaultTruncate(t *testing.T) {
	inBoth(t, []string{"route=history,truncate,count=1"}, func(t *testing.T, w world, rt http.RoundTripper) {
		t.Helper()
		res, err := w.history(t, rt)
		if !errors.Is(err, io.ErrUnexpectedEOF) || len(res.body) == 0 || json.Valid(res.body) {
			t.Fatal(res.status, string(res.body), err)
		}
		if res, err = w.history(t, rt); err != nil || !json.Valid(res.body) {
			t.Fatal(string(res.body), err)
		}
	})
}

func TestFaultCorrupt(t *testing.T) {
	for _, how := range []string{"corrupt", "corrupt=base64"} {
		inBoth(t, []string{"route=history," + how + ",count=1"}, func(t *testing.T, w world, rt http.RoundTripper) {
			t.Helper()
			bad, err := w.history(t, rt)
			if err != nil {
				t.Fatal(err)
			}
			good, err := w.history(t, rt)
			if err != nil {
				t.Fatal(err)
			}
			a, b := msgs(t, bad.body), msgs(t, good.body)
			if len(a) != 3 || a[0] != b[0] || a[1] == b[1] || a[2] != b[2] {
				t.Error(how, a, b)
			}
		})
	}
}

func msgs(t *testing.T, body []byte) []string {
	t.Helper()
	var p struct {
		Data struct{ Msgs []struct{ Msg string } }
	}
	if err := json.Unmarshal(body, &p); err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, m := range p.Data.Msgs {
		list = append(list, m.Msg)
	}
	return list
}

// TestFaultDice: a probability with a seed hits the same requests each time.
func TestFaultDice(t *testing.T) {
	run := func() (hits []int) {
		w := newWorld(t, Options{Faults: []Fault{mustFault(t, "status=500,p=0.3,seed=5")}})
		for i := range 50 {
			if res, err := w.history(t, w.s.Transport()); err != nil || res.status == http.StatusInternalServerError {
				hits = append(hits, i)
			}
		}
		return hits
	}
	first := run()
	if len(first) < 5 || len(first) > 30 {
		t.Errorf("%d hits of 50 at 0.3", len(first))
	}
	if diff := cmp.Diff(first, run()); diff != "" {
		t.Error(diff)
	}
}

// TestLatency: latency and delays add up, on the sandbox's clock, and end with
// the request.
func TestLatency(t *testing.T) {
	var slept []time.Duration
	w := newWorld(t, Options{
		Latency: 30 * time.Millisecond, Faults: []Fault{mustFault(t, "route=history,delay=2s,count=1")},
		Sleep: func(ctx context.Context, d time.Duration) error {
			slept = append(slept, d)
			return ctx.Err()
		},
	})
	for range 2 {
		if _, err := w.history(t, w.s.Transport()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]time.Duration{2030 * time.Millisecond, 30 * time.Millisecond}, slept); diff != "" {
		t.Error(diff)
	}

	slow := newWorld(t, Options{Latency: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	req := slow.request(t, "POST", "/users/alice/messageroaming", slow.auth(t, "alice"), historyBody).WithContext(ctx)
	res, err := slow.s.Transport().RoundTrip(req)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if err == nil {
		_ = res.Body.Close()
	}
}

// TestPanic: a bug in one request is answered with 500 and logged.
func TestPanic(t *testing.T) {
	var logged string
	w := newWorld(t, Options{
		Sleep: func(context.Context, time.Duration) error { panic("a bug") }, Latency: 1,
		Log: func(format string, args ...any) { logged += fmt.Sprintf(format, args...) },
	})
	res, err := w.history(t, w.s.Transport())
	if err != nil || res.status != http.StatusInternalServerError || !strings.Contains(string(res.body), "internal_server_error") || !strings.Contains(logged, "a bug") {
		t.Fatal(res.status, string(res.body), err, logged)
	}
}

func TestBodyLimit(t *testing.T) {
	w := newWorld(t, Options{})
	status, body := w.do(t, "POST", "/users/alice/messageroaming", w.auth(t, "alice"), `{"queue":"`+strings.Repeat("x", 2<<20)+`"}`)
	if status != http.StatusRequestEntityTooLarge {
		t.Error(status, string(body))
	}
}
