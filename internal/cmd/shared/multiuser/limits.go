package multiuser

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/progress"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Limits are the flags that bound a run, and that say how it shows its progress.
type Limits struct {
	maxCalls    int
	maxDuration time.Duration
	progress    progress.Mode
	chosen      bool // the progress mode
	interval    time.Duration
}

const defaultInterval = 10 * time.Second

// Declare declares the flags.
func (l *Limits) Declare(cmd *cobra.Command) {
	f := cmd.Flags()
	f.IntVar(&l.maxCalls, "max-calls", 0, "stop a run after `N` requests; runs resume continues it")
	f.DurationVar(&l.maxDuration, "max-duration", 0, "stop a run after this `DURATION`; runs resume continues it")
	l.progress = progress.Auto
	flags.Choice(cmd, &l.progress, "progress", "show the progress of a run in this `MODE`: auto, bars, lines, json (events on the error stream) or off", progress.Modes()...)
	f.DurationVar(&l.interval, "progress-interval", defaultInterval, "write a line or event of --progress once in this `DURATION`")
}

// Check refuses limits that make no sense.
func (l *Limits) Check(a *app.App) error {
	switch {
	case l.maxCalls < 0 || l.maxCalls == 0 && a.Flags.Changed("max-calls"):
		return fault.New(fault.Usage, "--max-calls is %d: it must be at least 1", l.maxCalls)
	case l.maxDuration < 0 || l.maxDuration == 0 && a.Flags.Changed("max-duration"):
		return fault.New(fault.Usage, "--max-duration is %s: it must be positive", l.maxDuration)
	case l.interval <= 0:
		return fault.New(fault.Usage, "--progress-interval is %s: it must be positive", l.interval)
	}
	l.chosen = a.Flags.Changed("progress")
	return nil
}

// CheckReading refuses limits for a command that reads one user's history
// directly.
func (l *Limits) CheckReading(a *app.App, several bool) error {
	for _, name := range []string{"max-calls", "max-duration", "progress", "progress-interval"} {
		if !several && a.Flags.Changed(name) {
			return fault.New(fault.Usage, "--%s needs several users, and one is named", name)
		}
	}
	return l.Check(a)
}

func enough(format string, args ...any) error {
	return roaming.Enough{Err: fault.New(fault.Partial, format, args...)}
}

// maxJobs is how many jobs are done at a time, at most. With few calls it is few
// jobs, or none of them would be completed.
func (l *Limits) maxJobs() int {
	const callsEach = 10
	if l.maxCalls == 0 {
		return maxJobs
	}
	return min(maxJobs, max(1, l.maxCalls/callsEach))
}

// apply cancels ctx when a limit is reached. Requests in flight are finished.
func (l *Limits) apply(ctx context.Context, calls *limiter.Limiter) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	if l.maxCalls > 0 {
		calls.StopAfter(l.maxCalls, func() {
			cancel(enough("stopped after %s, as --max-calls says", render.Count(l.maxCalls, "call")))
		})
	}
	if l.maxDuration == 0 {
		return ctx, func() { cancel(nil) }
	}
	timer := time.AfterFunc(l.maxDuration, func() {
		cancel(enough("stopped after %s, as --max-duration says", l.maxDuration))
	})
	return ctx, func() {
		timer.Stop()
		cancel(nil)
	}
}
