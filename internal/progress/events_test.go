package progress

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/iostreams"
	"github.com/roamctl/roamctl/internal/limiter"
)

// Programs depend on the fields and their order.
func TestEvents(t *testing.T) {
	s, _, out, errOut := iostreams.Test()
	s.SetTTY(true, true, true) // makes no difference
	tick := newTicker()
	states := []Snapshot{
		{RunID: "r1", Phase: "listing", UsersTotal: -1, Left: -1},
		middle(),
		changed(func(s *Snapshot) { s.PerSecond, s.Quota = 97.83333, 0.5; s.Elapsed = 1234567 * time.Microsecond }),
		{RunID: "\x1b[2J\u009b", Phase: "<&>\n", Stats: limiter.Stats{PerSecond: math.NaN(), Quota: math.Inf(1)}},
	}
	n := -1
	r := Start(Options{Mode: JSON, Streams: s, Tick: tick.start, Now: clock}, func() Snapshot {
		n++
		return states[n]
	})
	tick.c <- time.Time{}
	show(r)
	r.Stop()
	want := `{"event":"started","time":"2025-11-20T10:04:05.067Z","run_id":"r1","phase":"listing","users":0,"users_total":null,"failed":0,"conversations":0,"messages":0,"calls":0,"calls_by_family":{},"calls_per_second":0,"quota_per_second":null,"refused":0,"in_flight":0,"elapsed_seconds":0,"left_seconds":null}
{"event":"progress","time":"2025-11-20T10:04:05.067Z","run_id":"20251120-101112-ab","phase":"deleting","users":12345,"users_total":50000,"failed":2,"conversations":98765,"messages":1234567,"calls":345678,"calls_by_family":{"list":2345,"other":343333},"calls_per_second":97.8,"quota_per_second":100,"refused":3,"in_flight":8,"elapsed_seconds":3600,"left_seconds":3720}
{"event":"progress","time":"2025-11-20T10:04:05.067Z","run_id":"20251120-101112-ab","phase":"deleting","users":12345,"users_total":50000,"failed":2,"conversations":98765,"messages":1234567,"calls":345678,"calls_by_family":{"list":2345,"other":343333},"calls_per_second":97.833,"quota_per_second":0.5,"refused":3,"in_flight":8,"elapsed_seconds":1.235,"left_seconds":3720}
{"event":"finished","time":"2025-11-20T10:04:05.067Z","run_id":"?[2J?","phase":"\u003c\u0026\u003e?","users":0,"users_total":0,"failed":0,"conversations":0,"messages":0,"calls":0,"calls_by_family":{},"calls_per_second":0,"quota_per_second":null,"refused":0,"in_flight":0,"elapsed_seconds":0,"left_seconds":0}
`
	if diff := cmp.Diff(want, errOut.String()); diff != "" || out.Len() > 0 {
		t.Errorf("%s\non the output: %q", diff, out)
	}
}

// Each line of a note is an event.
func TestNotesAreEvents(t *testing.T) {
	s, _, _, errOut := iostreams.Test()
	tick := newTicker()
	r := Start(Options{Mode: JSON, Streams: s, Tick: tick.start, Now: clock}, middle)
	begun := errOut.Len()
	for _, text := range []string{"warning: a", " \"b\"\nmore", "\n"} {
		if n, err := r.Writer().Write([]byte(text)); err != nil || n != len(text) {
			t.Error(n, err)
		}
	}
	want := `{"event":"note","time":"2025-11-20T10:04:05.067Z","text":"warning: a \"b\""}
{"event":"note","time":"2025-11-20T10:04:05.067Z","text":"more"}
`
	if diff := cmp.Diff(want, errOut.String()[begun:]); diff != "" {
		t.Error(diff)
	}
	r.Stop()
}
