package progress

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// onScreen starts bars on a screen of 80 columns.
func onScreen(t *testing.T, snapshot func() Snapshot) (*Reporter, *screen, *ticker) {
	t.Helper()
	streams, _ := terminal(80)
	s := &screen{width: 80}
	streams.Err = s
	tick := newTicker()
	r := Start(Options{Interval: time.Hour, Streams: streams, Tick: tick.start}, snapshot)
	streams.Err = r.Writer() // as a caller does
	return r, s, tick
}

func TestBars(t *testing.T) {
	s := middle()
	r, screen, tick := onScreen(t, func() Snapshot { return s })
	// A second tick is sent after the first has been drawn.
	for range 2 {
		tick.c <- time.Time{}
	}
	fmt.Fprintln(r.Writer(), "a note")
	show(r)
	for range 2 {
		tick.c <- time.Time{}
	}
	want := `a note
deleting: 12,345 of 50,000 users, 1,234,567 messages, 97.8 of 100 calls/s,
3 refused, 2 failed, 1h02m left
deleting [=====>                    ]  24%  12,345 of 50,000 users   1h02m left
1,234,567 messages, 3 refused, 2 failed, 97.8 of 100 calls/s`
	if diff := cmp.Diff(want, screen.text()); diff != "" {
		t.Error(diff)
	}
	r.Stop()
	r.Stop()
	fmt.Fprintln(r.Writer(), "done")
	want = `a note
deleting: 12,345 of 50,000 users, 1,234,567 messages, 97.8 of 100 calls/s,
3 refused, 2 failed, 1h02m left
deleting: 12,345 of 50,000 users, 1,234,567 messages,
95.4 of 100 calls/s on average, 3 refused, 2 failed, in 1h00m
done`
	if diff := cmp.Diff(want, screen.text()); diff != "" {
		t.Error(diff)
	}
	if tick.every != frameTime || !tick.ended {
		t.Errorf("a tick every %v, ended %v", tick.every, tick.ended)
	}
}

// Workers write notes while the bars move and signals arrive. No note is lost or
// broken, and no bar remains on the screen.
func TestConcurrentNotes(t *testing.T) {
	const workers, notes = 8, 50
	var done atomic.Int64
	r, screen, tick := onScreen(t, func() Snapshot {
		n := int(done.Load())
		return Snapshot{Phase: "deleting", Users: n, UsersTotal: workers * notes, Messages: n, Left: time.Minute, Elapsed: time.Minute}
	})
	var wg sync.WaitGroup
	for i := range workers {
		wg.Go(func() {
			for j := range notes {
				done.Add(1)
				fmt.Fprintf(r.Writer(), "note %d of worker %d\n", j, i)
			}
		})
	}
	wg.Go(func() {
		for range 20 {
			tick.c <- time.Time{}
		}
	})
	wg.Go(func() { show(r) })
	wg.Wait()
	wg.Go(r.Stop)
	wg.Go(r.Stop)
	wg.Wait()

	seen := make(map[string]int)
	rows := strings.Split(screen.text(), "\n")
	for _, row := range rows {
		seen[row]++
	}
	for i := range workers {
		for j := range notes {
			if note := fmt.Sprintf("note %d of worker %d", j, i); seen[note] != 1 {
				t.Errorf("%d times %q", seen[note], note)
			}
		}
	}
	if strings.Contains(screen.text(), "[=") {
		t.Errorf("a bar was left behind:\n%s", screen.text())
	}
	if last := rows[len(rows)-1]; last != "0 failed, in 1m00s" {
		t.Errorf("the last line is %q", last)
	}
}

// broken is a terminal that was closed.
type broken struct{ tried atomic.Int64 }

func (b *broken) Write([]byte) (int, error) {
	b.tried.Add(1)
	return 0, errors.New("input/output error")
}

func TestClosedTerminal(t *testing.T) {
	for _, mode := range Modes() {
		streams, _ := terminal(80)
		gone := &broken{}
		streams.Err = gone
		tick := newTicker()
		r := Start(Options{Mode: mode, Streams: streams, Tick: tick.start}, middle)
		for range 3 {
			if mode != Off {
				tick.c <- time.Time{}
			}
			if _, err := io.WriteString(r.Writer(), "note\n"); err == nil {
				t.Errorf("%s: lost a note without an error", mode)
			}
			show(r)
		}
		r.Stop()
		if gone.tried.Load() < 6 {
			t.Errorf("%s: %d writes", mode, gone.tried.Load())
		}
	}
}

// Stop before the first frame.
func TestBarsStoppedAtOnce(t *testing.T) {
	for range 100 {
		r, screen, _ := onScreen(t, func() Snapshot { return Snapshot{} })
		r.Stop()
		want := "0 of 0 users, 0 messages, 0.0 calls/s on average, 0 refused, 0 failed, in 0s"
		if got := screen.text(); got != want {
			t.Fatalf("on the screen: %q", got)
		}
	}
}
