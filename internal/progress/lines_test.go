package progress

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/iostreams"
)

func TestLine(t *testing.T) {
	tests := []struct {
		name string
		s    Snapshot
		want string
	}{
		{
			"half-way", middle(),
			"deleting: 12,345 of 50,000 users, 1,234,567 messages, 97.8 of 100 calls/s, 3 refused, 2 failed, 1h02m left",
		},
		{
			"total unknown", changed(func(s *Snapshot) { s.UsersTotal, s.Left = -1, -1 }),
			"deleting: 12,345 users so far, 1,234,567 messages, 97.8 of 100 calls/s, 3 refused, 2 failed, 1h00m so far",
		},
		{
			"time left unknown", changed(func(s *Snapshot) { s.Left = -1 }),
			"deleting: 12,345 of 50,000 users, 1,234,567 messages, 97.8 of 100 calls/s, 3 refused, 2 failed, 1h00m so far",
		},
		{
			"no limit", changed(func(s *Snapshot) { s.Quota = 0 }),
			"deleting: 12,345 of 50,000 users, 1,234,567 messages, 97.8 calls/s, 3 refused, 2 failed, 1h02m left",
		},
		{
			"broken limit", changed(func(s *Snapshot) { s.Quota = 0.5 }),
			"deleting: 12,345 of 50,000 users, 1,234,567 messages, 97.8 of 0.5 calls/s, 3 refused, 2 failed, 1h02m left",
		},
		{
			"no messages", changed(func(s *Snapshot) { s.Messages = 0 }),
			"deleting: 12,345 of 50,000 users, 98,765 conversations, 97.8 of 100 calls/s, 3 refused, 2 failed, 1h02m left",
		},
		{"ones", Snapshot{Users: 1, UsersTotal: 1, Messages: 1}, "1 of 1 user, 1 message, 0.0 calls/s, 0 refused, 0 failed, 0s left"},
		{"nothing", Snapshot{UsersTotal: -1, Left: -1}, "0 users so far, 0 messages, 0.0 calls/s, 0 refused, 0 failed, 0s so far"},
		{
			"escapes",
			Snapshot{Phase: "a\x1b[2Jb\u009bc\n", UsersTotal: -1, Left: -1},
			"a?[2Jb?c?: 0 users so far, 0 messages, 0.0 calls/s, 0 refused, 0 failed, 0s so far",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, line(tt.s, 0)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLastLine(t *testing.T) {
	s := changed(func(s *Snapshot) { s.Users, s.Left = 50000, 0 })
	want := "deleting: 50,000 of 50,000 users, 1,234,567 messages, 95.4 of 100 calls/s on average, 3 refused, 2 failed, in 1h00m"
	if diff := cmp.Diff(want, lastLine(s, 0)); diff != "" {
		t.Error(diff)
	}
	want = `deleting: 50,000 of 50,000 users, 1,234,567 messages,
95.4 of 100 calls/s on average, 3 refused, 2 failed,
in 1h00m`
	if diff := cmp.Diff(want, lastLine(s, 59)); diff != "" {
		t.Error(diff)
	}
	if got, want := lastLine(Snapshot{}, 0), "0 of 0 users, 0 messages, 0.0 calls/s on average, 0 refused, 0 failed, in 0s"; got != want {
		t.Errorf("of nothing: %q, want %q", got, want)
	}
}

// growing returns a run that has done one more user in each snapshot.
func growing() func() Snapshot {
	n := -1
	return func() Snapshot {
		n++
		return Snapshot{Users: n, UsersTotal: 9, Messages: 2 * n, Elapsed: time.Duration(n) * time.Second, Left: -1}
	}
}

func TestLines(t *testing.T) {
	s, _, out, errOut := iostreams.Test()
	tick := newTicker()
	r := Start(Options{Interval: 3 * time.Second, Streams: s, Tick: tick.start}, growing())
	tick.c <- time.Time{}
	show(r)
	tick.c <- time.Time{}
	if r.Writer() != s.Err {
		t.Error("notes are not written to the error stream")
	}
	r.Stop()
	r.Stop()
	want := `1 of 9 users, 2 messages, 0.0 calls/s, 0 refused, 0 failed, 1s so far
2 of 9 users, 4 messages, 0.0 calls/s, 0 refused, 0 failed, 2s so far
3 of 9 users, 6 messages, 0.0 calls/s, 0 refused, 0 failed, 3s so far
4 of 9 users, 8 messages, 0.0 calls/s on average, 0 refused, 0 failed, in 4s
`
	if diff := cmp.Diff(want, errOut.String()); diff != "" || out.Len() > 0 {
		t.Errorf("%s\non the output: %q", diff, out)
	}
	if tick.every != 3*time.Second || !tick.ended {
		t.Errorf("a tick every %v, ended %v", tick.every, tick.ended)
	}
}

func TestOff(t *testing.T) {
	s, _, _, errOut := iostreams.Test()
	r := Start(Options{Mode: Off, Streams: s, Tick: func(time.Duration) (<-chan time.Time, func()) {
		t.Error("a ticker was started")
		return nil, func() {}
	}}, growing())
	show(r)
	r.Stop()
	want := "1 of 9 users, 2 messages, 0.0 calls/s, 0 refused, 0 failed, 1s so far\n"
	if diff := cmp.Diff(want, errOut.String()); diff != "" || r.Writer() != s.Err {
		t.Error(diff)
	}
}

func TestDefaults(t *testing.T) {
	s, _, _, _ := iostreams.Test()
	o := withDefaults(Options{Streams: s})
	ticks, end := o.Tick(time.Nanosecond)
	<-ticks
	end()
	if o.Mode != Lines || o.Interval != defaultInterval || o.Now().IsZero() {
		t.Errorf("%+v", o)
	}
	s.SetTTY(true, true, true)
	if o = withDefaults(Options{Streams: s}); o.Mode != Bars {
		t.Errorf("on a terminal: %+v", o)
	}
}

func TestSize(t *testing.T) {
	s, _, _, _ := iostreams.Test()
	s.SetWidth(66)
	for tty, want := range map[bool]int{false: defaultWidth, true: 66} {
		s.SetTTY(true, tty, true)
		if columns, lines := newBars(s).console.size(); columns != want || lines != 0 {
			t.Errorf("output to a terminal %v: %d columns, %d lines; want %d, 0", tty, columns, lines, want)
		}
	}
}
