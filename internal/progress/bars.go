package progress

import (
	"cmp"
	"io"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/roamctl/roamctl/internal/iostreams"
)

// frameTime is short enough for a moving bar and long enough to read numbers.
const frameTime = 200 * time.Millisecond

// bars shows a run as a moving bar with lines below. mpb draws it on each redraw;
// arrange lays out the texts.
type bars struct {
	console *console
	palette iostreams.Palette
	shown   atomic.Pointer[Snapshot]

	progress *mpb.Progress
	redraw   chan any
	over     chan any // closed when mpb has ended

	bar, spinner mpb.BarFiller
}

func newBars(streams *iostreams.Streams) *bars {
	size := func() (columns, lines int) { // windows are resized
		columns, lines = streams.ErrSize()
		return cmp.Or(max(columns, 0), streams.Width(), defaultWidth), lines
	}
	b := &bars{
		console: &console{out: streams.Err, size: size},
		palette: streams.ErrPalette(),
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
	// A bar without a total does not end by itself. Add fails only after Shutdown.
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
	writeLine(b.console, line(s, b.console.room()))
	b.tick(s)
}

// stop ends the drawing at once: Wait would wait for a full bar.
func (b *bars) stop(s Snapshot) {
	b.progress.Shutdown()
	b.console.close(lastLine(s, b.console.room()) + "\n")
}

func (b *bars) writer() io.Writer { return b.console }

// top draws the line with the bar. w is a buffer, which does not fail.
func (b *bars) top(w io.Writer, stat decor.Statistics) error {
	s := *b.shown.Load()
	width := stat.AvailableWidth
	l := arrange(s, width, b.palette)
	_, _ = io.WriteString(w, l.left)
	if l.bar > 0 {
		stat.AvailableWidth = l.bar
		stat.Total, stat.Current = int64(s.UsersTotal), int64(max(s.Users, 0))
		if s.UsersTotal == 0 {
			stat.Total, stat.Current = 1, 1 // all of none
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

// fact draws one of the lines below.
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
