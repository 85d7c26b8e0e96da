package progress

import (
	"io"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/roamctl/roamctl/internal/iostreams"
)

// frameTime is short enough for a bar to seem alive, and long enough for
// numbers to be read.
const frameTime = 200 * time.Millisecond

// bars shows a run as a bar that moves, with lines below. The library draws,
// when it is told to; the texts are laid out by arrange.
type bars struct {
	console *console
	palette iostreams.Palette
	shown   atomic.Pointer[Snapshot]

	progress *mpb.Progress
	redraw   chan any
	over     chan any // closed when the library has ended

	bar, spinner mpb.BarFiller
}

func newBars(o Options) *bars {
	b := &bars{
		console: &console{out: o.Streams.Err, size: o.Size},
		palette: o.Streams.ErrPalette(),
		redraw:  make(chan any),
		over:    make(chan any),
		spinner: mpb.SpinnerStyle("|", "/", "-", `\`).PositionLeft().Build(),
	}
	b.bar = mpb.BarStyle().Padding(" ").FillerMeta(b.palette.Green).TipMeta(b.palette.Green).Build()
	return b
}

func (b *bars) start(s Snapshot) {
	b.progress = mpb.New(
		mpb.WithConsoleWriter(b.console),
		mpb.WithManualRefresh(b.redraw),
		mpb.WithShutdownNotifier(b.over),
	)
	below := make([]mpb.BarFiller, factLines)
	for i := range below {
		below[i] = b.fact(i)
	}
	// A bar without a total never ends by itself. Adding fails after the end only.
	_, _ = b.progress.Add(0, mpb.BarFillerFunc(b.top), mpb.BarFillerTrim(), mpb.BarBtmExtender(below...))
	b.tick(s)
}

func (b *bars) tick(s Snapshot) {
	s = s.clean()
	b.shown.Store(&s)
	select {
	case b.redraw <- time.Time{}:
	case <-b.over:
	}
}

func (b *bars) now(s Snapshot) {
	say(b.console, line(s, b.console.room()))
	b.tick(s)
}

// stop ends the drawing at once: Wait would wait for a bar that is full, and
// a run may end before that.
func (b *bars) stop(s Snapshot) {
	b.progress.Shutdown()
	b.console.close(lastLine(s, b.console.room()) + "\n")
}

func (b *bars) writer() io.Writer { return b.console }

// top draws the line with the bar. Nothing of it can fail: w is a buffer.
func (b *bars) top(w io.Writer, stat decor.Statistics) error {
	s := *b.shown.Load()
	width := stat.AvailableWidth
	l := arrange(s, width, b.palette)
	_, _ = io.WriteString(w, l.left)
	if l.bar > 0 {
		stat.AvailableWidth = l.bar
		stat.Total, stat.Current = int64(s.UsersTotal), int64(max(s.Users, 0))
		if s.UsersTotal == 0 {
			stat.Total, stat.Current = 1, 1 // all of none are done
		}
		filler := b.bar
		if s.UsersTotal < 0 {
			filler = b.spinner
		}
		_ = filler.Fill(w, stat)
	}
	_, err := io.WriteString(w, l.right)
	return err
}

// fact draws one of the lines below; without a text there is no line.
func (b *bars) fact(i int) mpb.BarFiller {
	return mpb.BarFillerFunc(func(w io.Writer, stat decor.Statistics) error {
		l := arrange(*b.shown.Load(), stat.AvailableWidth, b.palette)
		if i >= min(len(l.facts), b.console.below()) {
			return nil
		}
		_, err := io.WriteString(w, l.facts[i]+"\n")
		return err
	})
}
