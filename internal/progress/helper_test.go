package progress

import (
	"bytes"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/roamctl/roamctl/internal/iostreams"
	"github.com/roamctl/roamctl/internal/limiter"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// middle returns a run half-way.
func middle() Snapshot {
	return Snapshot{
		RunID: "20251120-101112-ab", Phase: "deleting",
		Users: 12345, UsersTotal: 50000, Failed: 2, Conversations: 98765, Messages: 1234567,
		Stats: limiter.Stats{
			Calls: 345678, Refused: 3, Families: map[string]int{"list": 2345, "other": 343333}, InFlight: 8,
			PerSecond: 97.8, Quota: 100,
		},
		Elapsed: time.Hour, Left: 62 * time.Minute,
	}
}

// changed returns middle with a change.
func changed(change func(*Snapshot)) Snapshot {
	s := middle()
	change(&s)
	return s
}

// ticker is a clock whose ticks the test sends. Sending one returns after the state for
// the one before is shown.
type ticker struct {
	c     chan time.Time
	every time.Duration
	ended bool
}

func newTicker() *ticker { return &ticker{c: make(chan time.Time)} }

func (t *ticker) start(d time.Duration) (<-chan time.Time, func()) {
	t.every = d
	return t.c, func() { t.ended = true }
}

// show makes a reporter show its state, as a signal does, before any later output.
func show(r *Reporter) {
	r.signals <- os.Interrupt
	for len(r.signals) > 0 {
		runtime.Gosched()
	}
}

func clock() time.Time {
	return time.Date(2025, 11, 20, 18, 4, 5, 67_800_000, time.FixedZone("", 8*3600))
}

// terminal returns streams whose standard error is a terminal of that width.
func terminal(width int) (*iostreams.Streams, *bytes.Buffer) {
	s, _, _, errOut := iostreams.Test()
	s.SetTTY(true, true, true)
	s.SetWidth(width)
	return s, errOut
}

// screen emulates the parts of a terminal that console uses.
type screen struct {
	mu    sync.Mutex
	width int
	rows  []string
	y     int
	cuts  bool // cuts long lines instead of wrapping them
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for text := string(p); text != ""; {
		switch {
		case strings.HasPrefix(text, "\x1b["):
			end := strings.IndexAny(text, "AKmlh")
			s.escape(text[end])
			text = text[end+1:]
		case text[0] == '\r':
			text = text[1:] // precedes the moves up
		case text[0] == '\n':
			s.y++
			text = text[1:]
		default:
			s.put(text[0])
			text = text[1:]
		}
	}
	return len(p), nil
}

func (s *screen) escape(command byte) {
	switch command {
	case 'A':
		s.y--
	case 'K':
		if s.y < len(s.rows) {
			s.rows[s.y] = ""
		}
	case 'l', 'h':
		s.cuts = command == 'l'
	}
}

func (s *screen) put(b byte) {
	for len(s.rows) <= s.y {
		s.rows = append(s.rows, "")
	}
	if len(s.rows[s.y]) == s.width && s.cuts {
		return
	}
	if len(s.rows[s.y]) == s.width {
		s.y++
		s.put(b)
		return
	}
	s.rows[s.y] += string(b)
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.TrimRight(strings.Join(s.rows, "\n"), "\n")
}
