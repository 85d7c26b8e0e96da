package progress

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/limiter"
)

// frame returns what bars draw for a run in lines of that width.
func frame(t interface{ Fatal(...any) }, s Snapshot, width int, color string) string {
	streams, _ := terminal(width)
	if err := streams.SetColor(color); err != nil {
		t.Fatal(err)
	}
	b := newBars(streams)
	b.console.size = func() (int, int) { return width + 1, 0 }
	return b.frame(s.clean())
}

func TestFrame(t *testing.T) {
	early := changed(func(s *Snapshot) { s.Users, s.Left = 7, 40*time.Hour; s.PerSecond = 100 })
	unknown := changed(func(s *Snapshot) { s.UsersTotal, s.Left = -1, -1 })
	timeless := changed(func(s *Snapshot) { s.Left = -1; s.Phase = "" })
	tests := []struct {
		name  string
		width int
		s     Snapshot
		want  string
	}{
		{"wide", 119, middle(), `
deleting [===============>                                                  ]  24%  12,345 of 50,000 users   1h02m left
1,234,567 messages, 3 refused, 2 failed, 97.8 of 100 calls/s
`},
		{"usual", 79, middle(), `
deleting [=====>                    ]  24%  12,345 of 50,000 users   1h02m left
1,234,567 messages, 3 refused, 2 failed, 97.8 of 100 calls/s
`},
		{"the bar keeps its place", 79, early, `
deleting [                          ]   0%       7 of 50,000 users   1d16h left
1,234,567 messages, 3 refused, 2 failed, 100.0 of 100 calls/s
`},
		{"narrow", 59, middle(), `
deleting [======>                       ]  24%   1h02m left
12,345 of 50,000 users, 1,234,567 messages, 3 refused,
2 failed, 97.8 of 100 calls/s
`},
		{"without the phase", 34, middle(), `
[==>           ]  24%   1h02m left
12,345 of 50,000 users,
1,234,567 messages, 3 refused,
2 failed, 97.8 of 100 calls/s
`},
		{"without a bar", 23, middle(), `
24%   1h02m left
12,345 of 50,000 users,
1,234,567 messages,
3 refused, 2 failed
`},
		{"total unknown", 79, unknown, `
deleting | 12,345 users so far, 1h00m
1,234,567 messages, 3 refused, 2 failed, 97.8 of 100 calls/s
`},
		{"total unknown, narrow", 30, unknown, `
| 12,345 users so far, 1h00m
1,234,567 messages, 3 refused,
2 failed, 97.8 of 100 calls/s
`},
		{"time left unknown", 59, timeless, `
[===>           ]  24%  12,345 of 50,000 users
1,234,567 messages, 3 refused, 2 failed,
97.8 of 100 calls/s
`},
		{"nobody", 59, Snapshot{}, `
[========================>] 100%  0 of 0 users      0s left
0 messages, 0 refused, 0 failed, 0.0 calls/s
`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want[1:], frame(t, tt.s, tt.width, "never")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFrameInALowWindow(t *testing.T) {
	streams, _ := terminal(80)
	for _, tt := range []struct {
		lines int
		want  string
	}{{1, ""}, {2, ""}, {3, "0 of 0 users,\n"}, {4, "0 of 0 users,\n0 messages,\n"}, {5, "0 of 0 users,\n0 messages,\n0 refused\n"}} {
		b := newBars(streams)
		b.console.size = func() (int, int) { return 14, tt.lines }
		_, below, _ := strings.Cut(b.frame(Snapshot{}), "\n")
		if diff := cmp.Diff(tt.want, below); diff != "" {
			t.Errorf("%d lines: %s", tt.lines, diff)
		}
	}
}

func TestFrameInColor(t *testing.T) {
	want := "deleting [\x1b[32m=====>\x1b[0m                    ]  24%  12,345 of 50,000 users   1h02m left\n" +
		"1,234,567 messages, \x1b[33m3 refused\x1b[0m, \x1b[31m2 failed\x1b[0m, 97.8 of 100 calls/s\n"
	if diff := cmp.Diff(want, frame(t, middle(), 79, "always")); diff != "" {
		t.Error(diff)
	}
	calm := changed(func(s *Snapshot) { s.Users, s.Refused, s.Failed = 0, 0, 0 })
	if got := frame(t, calm, 79, "always"); strings.Contains(got, "\x1b") {
		t.Errorf("a run without trouble: %q", got)
	}
}

func TestFrameFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(-1, math.MaxInt)
		s := Snapshot{
			Phase: rapid.String().Draw(t, "phase"), Users: count.Draw(t, "users"), UsersTotal: count.Draw(t, "total"),
			Failed: count.Draw(t, "failed"), Conversations: count.Draw(t, "conversations"), Messages: count.Draw(t, "messages"),
			Stats:   limiter.Stats{PerSecond: rapid.Float64().Draw(t, "pace"), Quota: rapid.Float64().Draw(t, "quota"), Refused: count.Draw(t, "refused")},
			Elapsed: time.Duration(rapid.Int64().Draw(t, "elapsed")), Left: time.Duration(rapid.Int64().Draw(t, "left")),
		}
		width := rapid.IntRange(1, 200).Draw(t, "width")
		got := frame(t, s, width, rapid.SampledFrom([]string{"always", "never"}).Draw(t, "color"))
		if n := strings.Count(got, "\n"); n > 1+factLines {
			t.Errorf("%d lines", n)
		}
		for l := range strings.Lines(got) {
			if n := columns([]byte(strings.TrimSuffix(l, "\n"))); n > width {
				t.Errorf("a line of %d columns: %q", n, l)
			}
		}
	})
}
