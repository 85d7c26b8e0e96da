// Package progress shows the progress of a run over many users on the error stream:
// as bars on a terminal, as lines in a log, or as JSON events for a program.
package progress

import (
	"io"
	"os"
	"os/signal"
	"sync"
	"time"

	"github.com/roamctl/roamctl/internal/iostreams"
)

// Mode is how progress is shown.
type Mode string

// The modes. Without a terminal, Auto and Bars are Lines.
const (
	Auto  Mode = "auto"  // Bars or Lines
	Bars  Mode = "bars"  // bars on a terminal
	Lines Mode = "lines" // a line every interval
	JSON  Mode = "json"  // a JSON object a line, every interval and at start and stop
	Off   Mode = "off"   // only on a signal
)

// Modes returns all modes, the default first.
func Modes() []Mode { return []Mode{Auto, Bars, Lines, JSON, Off} }

const (
	defaultInterval = 10 * time.Second
	defaultWidth    = 80 // of a terminal whose width is unknown
)

// Options are the settings of a Reporter. Only Streams is required.
type Options struct {
	Mode     Mode          // "" is Auto
	Interval time.Duration // between lines or events; 0 is ten seconds. Bars move five times a second
	Streams  *iostreams.Streams

	// Now and Tick are the clock; nil is the system's. Tick returns a ticker's
	// channel and a function that stops it.
	Now  func() time.Time
	Tick func(time.Duration) (<-chan time.Time, func())
}

// Reporter shows the progress of a run, from Start to Stop.
type Reporter struct {
	snapshot func() Snapshot
	display  display
	ticks    <-chan time.Time
	endTicks func()

	signals  chan os.Signal
	stopOnce sync.Once
	stop     chan struct{} // closed by Stop
	stopped  chan struct{} // closed after the last state is shown
}

// display is a way to show a run. One goroutine at a time calls its methods, except
// writer's.
type display interface {
	start(Snapshot)
	tick(Snapshot)
	onSignal(Snapshot)
	stop(Snapshot)
	writer() io.Writer
}

// Start shows a run's state until Stop. One goroutine at a time calls snapshot, which
// must not wait for Stop. The caller may replace Streams.Err by Writer afterwards.
func Start(o Options, snapshot func() Snapshot) *Reporter {
	o = withDefaults(o)
	r := &Reporter{
		snapshot: snapshot,
		signals:  make(chan os.Signal, 1),
		stop:     make(chan struct{}),
		stopped:  make(chan struct{}),
		endTicks: func() {},
	}
	every := o.Interval
	switch o.Mode {
	case Bars:
		r.display, every = newBars(o.Streams), frameTime
	case JSON:
		r.display = &events{w: o.Streams.Err, clock: o.Now}
	case Off:
		r.display, every = &lines{w: o.Streams.Err, off: true}, 0
	default:
		r.display = &lines{w: o.Streams.Err}
	}
	r.display.start(snapshot())
	if every > 0 {
		r.ticks, r.endTicks = o.Tick(every)
	}
	go r.run()
	return r
}

func withDefaults(o Options) Options {
	if o.Mode != JSON && o.Mode != Lines && o.Mode != Off {
		o.Mode = Lines
		if o.Streams.ErrTTY() {
			o.Mode = Bars
		}
	}
	if o.Interval <= 0 {
		o.Interval = defaultInterval
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Tick == nil {
		o.Tick = func(d time.Duration) (<-chan time.Time, func()) {
			t := time.NewTicker(d)
			return t.C, t.Stop
		}
	}
	return o
}

// run takes and shows all snapshots in one goroutine, so that numbers do not go
// backwards.
func (r *Reporter) run() {
	defer close(r.stopped)
	defer r.endTicks()
	for {
		select {
		case <-r.stop:
			r.display.stop(r.snapshot())
			return
		case <-r.ticks:
			r.display.tick(r.snapshot())
		case <-r.signals:
			r.display.onSignal(r.snapshot())
		}
	}
}

// OnSignal shows the state, as a line or an event, whenever the process gets one of
// Signals. They stay caught after Stop, so a late signal does not kill the process.
func (r *Reporter) OnSignal() {
	if all := Signals(); len(all) > 0 { // none would mean all of them
		signal.Notify(r.signals, all...)
	}
}

// Writer returns the writer for notes and warnings, until Stop and after it: above
// the bars, as events, or to the error stream. Bars and events wait for the end of a
// line. It is safe for concurrent use.
func (r *Reporter) Writer() io.Writer { return r.display.writer() }

// Stop shows the last state, in a line instead of bars, and returns when it is
// written. It may be called more than once.
func (r *Reporter) Stop() {
	r.stopOnce.Do(func() { close(r.stop) })
	<-r.stopped
}
