// Package progress shows on the error stream how far a run over many users is:
// as bars on a terminal, as lines in a log, as JSON events for a program. It
// asks for the state of the run and draws it; it counts nothing itself.
package progress

import (
	"io"
	"os"
	"os/signal"
	"sync"
	"time"

	"github.com/roamctl/roamctl/internal/iostreams"
)

const (
	defaultInterval = 10 * time.Second
	defaultWidth    = 80 // of a terminal that does not tell its width
)

// Options are how to show it. Only Streams is needed.
type Options struct {
	Mode     Mode          // "" is Auto
	Interval time.Duration // between lines or events; 0 or less is ten seconds. Bars move five times a second
	Streams  *iostreams.Streams

	// Size is the columns and lines of the terminal that the errors go to, asked
	// for at each drawing, since windows are resized, by any goroutine. 0 or
	// less is not known, and so is all without Size: then the columns are
	// Streams.Width, which knows of the output's terminal only, or 80.
	Size func() (columns, lines int)

	// Now and Tick are the clock; nil is the system's. Tick is a ticker: its
	// channel, and what ends it.
	Now  func() time.Time
	Tick func(time.Duration) (<-chan time.Time, func())
}

// Reporter shows the progress of one run, from Start to Stop.
type Reporter struct {
	snapshot func() Snapshot
	look     look
	ticks    <-chan time.Time
	endTicks func()

	asked    chan chan struct{} // a Now waits until its own is closed
	signals  chan os.Signal
	stopOnce sync.Once
	stop     chan struct{} // closed by Stop
	stopped  chan struct{} // closed when the last state is shown
}

// look is a way to show a run. One goroutine at a time calls its methods, the
// writer's aside.
type look interface {
	start(Snapshot)
	tick(Snapshot)
	now(Snapshot) // because somebody asked
	stop(Snapshot)
	writer() io.Writer
}

// Start shows the run's state, and goes on to show it until Stop. From here on
// snapshot is called at any time, by one goroutine at a time; it must not wait
// for whoever waits in Now or Stop. Streams is read here and not later: the
// caller may put Writer in the place of Streams.Err.
func Start(o Options, snapshot func() Snapshot) *Reporter {
	o = withDefaults(o)
	r := &Reporter{
		snapshot: snapshot,
		asked:    make(chan chan struct{}),
		signals:  make(chan os.Signal, 1),
		stop:     make(chan struct{}),
		stopped:  make(chan struct{}),
		endTicks: func() {},
	}
	every := o.Interval
	switch o.Mode {
	case Bars:
		r.look, every = newBars(o), frameTime
	case JSON:
		r.look = &events{w: o.Streams.Err, clock: o.Now}
	case Off:
		r.look, every = &silence{w: o.Streams.Err}, 0
	default:
		r.look = &lines{w: o.Streams.Err}
	}
	r.look.start(snapshot())
	if every > 0 {
		r.ticks, r.endTicks = o.Tick(every)
	}
	go r.run()
	return r
}

func withDefaults(o Options) Options {
	o.Mode = resolve(o.Mode, o.Streams.ErrTTY())
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
	asked, streams := o.Size, o.Streams
	o.Size = func() (columns, lines int) {
		if asked != nil {
			columns, lines = asked()
		}
		if columns <= 0 {
			columns = streams.Width()
		}
		if columns <= 0 {
			columns = defaultWidth
		}
		return columns, lines
	}
	return o
}

// run is the one goroutine that asks and shows, so that what is shown never
// goes backwards.
func (r *Reporter) run() {
	defer close(r.stopped)
	defer r.endTicks()
	for {
		select {
		case <-r.stop:
			r.look.stop(r.snapshot())
			return
		case <-r.ticks:
			r.look.tick(r.snapshot())
		case shown := <-r.asked:
			r.look.now(r.snapshot())
			close(shown)
		case <-r.signals:
			r.look.now(r.snapshot())
		}
	}
}

// Now shows the state at once, as a line or, in JSON, as an event, also in the
// mode Off. After Stop it does nothing.
func (r *Reporter) Now() {
	shown := make(chan struct{})
	select {
	case r.asked <- shown:
		<-shown
	case <-r.stopped:
	}
}

// OnSignal shows the state, as Now does, whenever the process gets one of
// Signals. They stay caught after Stop, and do nothing then: one that comes
// late would end the program while it says what it did.
func (r *Reporter) OnSignal() {
	if all := Signals(); len(all) > 0 { // none would mean all of them
		signal.Notify(r.signals, all...)
	}
}

// Writer is where notes and warnings go until Stop, and may go after it: above
// the bars, where there are some, as events among others, or else straight to the
// error stream. A note is whole lines; bars and events hold a line back until its
// end has come. Several goroutines may write at once.
func (r *Reporter) Writer() io.Writer { return r.look.writer() }

// Stop shows the last state; nothing is shown after it. Bars give way to one
// line. It may be called more than once, and returns when all is written.
func (r *Reporter) Stop() {
	r.stopOnce.Do(func() { close(r.stop) })
	<-r.stopped
}
