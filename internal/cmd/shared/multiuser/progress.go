package multiuser

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/roamctl/roamctl/internal/export"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/progress"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/run"
	"github.com/roamctl/roamctl/internal/run/engine"
)

// meter counts what a run has done. It is safe for concurrent use.
type meter struct {
	began  time.Time
	before run.Totals // of earlier processes
	calls  int        // that this process had made before the run

	users, failed, conversations, messages, found atomic.Int64
	cut                                           atomic.Int64 // listings that a limit cut short
	export                                        export.Meter
	total                                         atomic.Int64 // users; negative while unknown
}

func newMeter(now time.Time, before run.Totals, calls int) *meter {
	m := &meter{began: now, before: before, calls: calls}
	m.users.Store(int64(before.Done + before.Failed))
	m.failed.Store(int64(before.Failed))
	m.total.Store(int64(before.Users))
	return m
}

// end counts a job that has ended.
func (m *meter) end(_ run.Job, r run.Result) {
	m.users.Add(1)
	if r.State == run.Failed {
		m.failed.Add(1)
	}
}

// done is how many jobs have ended in this process.
func (m *meter) done() int { return int(m.users.Load()) - m.before.Done - m.before.Failed }

// idle reports whether no job has ended in this process.
func (m *meter) idle() bool { return m.done() == 0 }

// snapshot is the progress of the run.
func (m *meter) snapshot(id, phase string, now time.Time, g limiter.Stats) progress.Snapshot {
	g.Calls -= m.calls
	s := progress.Snapshot{
		RunID: id, Phase: phase, Stats: g,
		Users: int(m.users.Load()), UsersTotal: int(m.total.Load()), Failed: int(m.failed.Load()),
		Conversations: int(m.conversations.Load() + m.export.Conversations.Load()),
		Messages:      int(m.messages.Load() + m.export.Messages.Load()),
		Elapsed:       now.Sub(m.began), Left: -1,
	}
	if done := m.done(); s.UsersTotal >= 0 && done > 0 {
		each := float64(s.Elapsed) / float64(done)
		s.Left = time.Duration(each * float64(s.UsersTotal-s.Users))
	}
	return s
}

// listed counts users that were listed; at the end the total is known.
func (m *meter) listed(n int, end bool) {
	m.found.Add(int64(n))
	if end {
		m.total.Store(m.found.Load())
	}
}

// unknownTotal is for users that are listed on demand.
func (m *meter) unknownTotal() {
	m.found.Store(m.total.Load())
	m.total.Store(-1)
}

// announce says beforehand what the run will take, as far as that can be known.
func (r *session) announce(limits Limits) {
	if r.oneNamed() || limits.chosen && limits.progress == progress.Off || r.silent(limits) {
		return
	}
	s := r.meter.snapshot("", "", r.app.Now(), r.limiter.Stats())
	name := "run " + r.ID() + ": "
	if r.work.readOnly() {
		name = "" // it is discarded when it succeeds
	}
	if s.UsersTotal < 0 {
		r.app.Note("%slisting users on demand, 100 per request", name)
		return
	}
	left := s.UsersTotal - s.Users
	e := engine.NewEstimate(left, r.work.minCalls(), r.limiter.Limits())
	r.app.Note("%s%s, about %s or more%s", name, render.Count(left, "user"), render.Count(e.Calls, "call"), atTheLimits(e))
}

func atTheLimits(e engine.Estimate) string {
	if e.Time == 0 {
		return ""
	}
	return ", " + elapsed(e.Time) + " at the limits"
}

// The estimate is made again once so many users are done, or this part of all.
const (
	sampleUsers = 20
	samplePart  = 20
	sampleEvery = time.Second
)

// silent reports whether progress is not shown unless asked for: a sync runs from cron,
// which mails what a command prints.
func (r *session) silent(limits Limits) bool {
	return r.intent.Sync != nil && !limits.chosen && !r.app.IO.ErrTTY()
}

// show shows progress until hide is called. Until restore is called, other output
// goes above it.
func (r *session) show(ctx context.Context, limits Limits) (hide, restore func()) {
	mode := limits.progress
	if r.app.Quiet && mode != progress.JSON {
		mode = progress.Off
	}
	if mode == progress.Auto {
		mode = progress.Bars
		if !r.app.IO.Drawable() {
			mode = progress.Lines
		}
	}
	if !limits.chosen && (r.one != nil || r.oneNamed() && mode == progress.Lines) {
		mode = progress.Off // its report is enough
	}
	if r.app.IO.OutTTY() && mode != progress.JSON && r.work.readOnly() && r.intent.Sync == nil || r.silent(limits) {
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
	stop := func() {}
	if !r.silent(limits) {
		stop = r.estimateAgain(ctx)
	}
	hide = func() {
		stop()
		reporter.Stop()
	}
	return hide, func() {
		restoreErr()
		restoreOut()
	}
}

func (r *session) snapshot() progress.Snapshot {
	return r.meter.snapshot(r.ID(), r.intent.Command, r.app.Now(), r.limiter.Stats())
}

// estimateAgain says again what the run will take, once it has done enough.
func (r *session) estimateAgain(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(sampleEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				if r.estimateFromSample() {
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

// estimateFromSample reports whether enough users are done to estimate the rest.
func (r *session) estimateFromSample() bool {
	stats := r.limiter.Stats()
	s := r.meter.snapshot("", "", r.app.Now(), stats)
	done := r.meter.done()
	// The jobs in flight have made calls, too: they must be few beside those that
	// are done.
	if s.UsersTotal < 2*sampleUsers || done < max(1, min(sampleUsers, s.UsersTotal/samplePart), 2*r.pool.Active()) {
		return false
	}
	perUser := map[string]float64{}
	for family, calls := range stats.Families {
		perUser[family] = float64(calls) / float64(done)
	}
	left := s.UsersTotal - s.Users
	e := engine.NewEstimate(left, perUser, r.limiter.Limits())
	r.app.Note("after %s: about %.1f calls each, so %d more for the other %d%s", render.Count(done, "user"),
		float64(s.Calls)/float64(done), e.Calls, left, atTheLimits(e))
	return true
}

// elapsed is a duration for people.
func elapsed(d time.Duration) string {
	if d < time.Minute {
		return d.Round(time.Second / 10).String()
	}
	return d.Round(time.Second).String()
}
