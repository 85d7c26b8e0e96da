package multiuser

import (
	"context"
	"time"

	"github.com/roamctl/roamctl/internal/bulk"
	"github.com/roamctl/roamctl/internal/progress"
	"github.com/roamctl/roamctl/internal/render"
)

// announce says beforehand what the run will take, as far as that can be known.
func (r *run) announce() {
	s := r.meter.snapshot("", "", r.app.Now(), r.limiter.Stats())
	name := "run " + r.ID() + ": "
	if r.job.reads() {
		name = "" // it is forgotten, unless something goes wrong
	}
	if s.UsersTotal < 0 {
		r.app.Note("%sthe users are listed as they are needed, 100 a call", name)
		return
	}
	left := s.UsersTotal - s.Users
	e := bulk.NewEstimate(left, r.job.least(), r.limiter.Limits())
	r.app.Note("%s%s, about %s or more%s", name, render.Count(left, "user"), render.Count(e.Calls, "call"), atTheLimits(e))
}

func atTheLimits(e bulk.Estimate) string {
	if e.Time == 0 {
		return ""
	}
	return ", " + elapsed(e.Time) + " at the limits"
}

// The estimate is made anew once so many users are done, or this part of all.
const (
	sampleUsers = 20
	samplePart  = 20
	sampleEvery = time.Second
)

// show shows how far the run is until hide is called, and has what the tool says
// beside it come out well until restore is.
func (r *run) show(ctx context.Context, limits Limits) (hide, restore func()) {
	mode := limits.progress
	if r.app.Global.Quiet && mode != progress.JSON {
		mode = progress.Off
	}
	if mode == progress.Auto {
		mode = progress.Bars
		if !r.app.IO.Drawable() {
			mode = progress.Lines
		}
	}
	if r.app.IO.OutTTY() && mode != progress.JSON && r.job.reads() {
		mode = progress.Off // the output itself shows it
	}
	reporter := progress.Start(progress.Options{
		Mode: mode, Interval: limits.interval, Streams: r.app.IO, Now: r.app.Now,
	}, r.snapshot)
	reporter.OnSignal()
	restoreErr, restoreOut := r.app.IO.SetErr(reporter.Writer()), func() {}
	if r.app.IO.OutTTY() && r.app.IO.ErrTTY() && mode == progress.Bars {
		restoreOut = r.app.IO.SetOut(reporter.Writer()) // rows on the same screen go above bars, too
	}
	sampled := r.sample(ctx)
	hide = func() {
		sampled()
		reporter.Stop()
	}
	return hide, func() {
		restoreErr()
		restoreOut()
	}
}

func (r *run) snapshot() progress.Snapshot {
	return r.meter.snapshot(r.ID(), r.intent.Command, r.app.Now(), r.limiter.Stats())
}

// sample says again what the run will take, once it has done enough to tell.
func (r *run) sample(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(sampleEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				if r.resample() {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// resample tells whether it has said it.
func (r *run) resample() bool {
	stats := r.limiter.Stats()
	s := r.meter.snapshot("", "", r.app.Now(), stats)
	done := s.Users - r.meter.before.Done - r.meter.before.Failed
	// Those who are under way have made calls, too: they must be few beside
	// those who are done.
	if s.UsersTotal < 2*sampleUsers || done < max(1, min(sampleUsers, s.UsersTotal/samplePart), 2*r.pool.Active()) {
		return false
	}
	perUser := map[string]float64{}
	for family, calls := range stats.Families {
		perUser[family] = float64(calls) / float64(done)
	}
	left := s.UsersTotal - s.Users
	e := bulk.NewEstimate(left, perUser, r.limiter.Limits())
	r.app.Note("after %s: about %.1f calls each, so %d more for the other %d%s", render.Count(done, "user"),
		float64(s.Calls)/float64(done), e.Calls, left, atTheLimits(e))
	return true
}
