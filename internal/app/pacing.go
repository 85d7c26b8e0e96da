package app

import (
	"context"
	"sync"
	"time"

	"github.com/roamctl/roamctl/internal/bulk"
	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/easemob"
	"github.com/roamctl/roamctl/internal/quota"
)

// limits are the profile's, scaled to the share of them that this machine may
// use: rounded down, but never to none.
func limits(s config.Settings) easemob.Limits {
	share := func(calls int, per time.Duration) easemob.Limit {
		return easemob.Limit{Calls: max(1, calls*s.QuotaShare/100), Per: per}
	}
	return easemob.Limits{
		Other:      share(s.LimitCallsPerSecond, time.Second),
		List:       share(s.LimitListPerSecond, time.Second),
		Unlist:     share(s.LimitDeleteConversationPerSecond, time.Second),
		Delete:     share(s.LimitDeletePerSecond, time.Second),
		Import:     share(s.LimitImportPerSecond, time.Second),
		UserList:   share(s.LimitListPerMinute, time.Minute),
		UserUnlist: share(s.LimitDeleteConversationPerMinute, time.Minute),
	}
}

// pacer shares the budgets of an App Key with the other processes of this
// machine. Without a state folder each has its own.
func (a *App) pacer(to config.Connection) easemob.Pacer {
	alone := func(err error) { a.Warn("the limits are not shared with other roamctl processes: %v", err) }
	state, err := a.StateDir()
	if err != nil {
		alone(err)
		return nil
	}
	var once sync.Once
	waiting := func(d time.Duration) {
		once.Do(func() {
			a.Note("a call waits for %s or more, to keep inside the service's limits", d.Round(time.Second))
		})
	}
	return &sharedPacer{
		shared: quota.Open(quota.Folder(state, to.Host, to.AppKey), quota.Options{Waiting: waiting}),
		memory: easemob.MemoryPacer(), alone: alone,
	}
}

// sharedPacer falls back to memory, for good, when the folder of the shared
// budgets can't be used.
type sharedPacer struct {
	shared *quota.Shared
	memory easemob.Pacer
	alone  func(error) // told why, once

	mu     sync.Mutex
	broken bool
}

// Wait is part of easemob.Pacer.
func (p *sharedPacer) Wait(ctx context.Context, budget string, l easemob.Limit) error {
	return p.orAlone(ctx,
		func() error { return p.shared.Wait(ctx, budget, l.Calls, l.Per) },
		func() error { return p.memory.Wait(ctx, budget, l) })
}

// Take is part of easemob.Pacer.
func (p *sharedPacer) Take(ctx context.Context, budget string, l easemob.Limit) (full time.Duration, err error) {
	err = p.orAlone(ctx,
		func() (err error) {
			full, err = p.shared.Take(ctx, budget, l.Calls, l.Per)
			return err
		},
		func() (err error) {
			full, err = p.memory.Take(ctx, budget, l)
			return err
		})
	return full, err
}

// orAlone asks the shared budget or, when that is or becomes unusable, the one in
// memory.
func (p *sharedPacer) orAlone(ctx context.Context, shared, memory func() error) error {
	if p.isBroken() {
		return memory()
	}
	err := shared()
	if err == nil || ctx.Err() != nil {
		return err
	}
	p.breakFor(err)
	return memory()
}

func (p *sharedPacer) isBroken() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.broken
}

func (p *sharedPacer) breakFor(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.broken {
		p.broken = true
		p.alone(err)
	}
}

// Rates are what the limits allow of each family, as the governor names families;
// none where there are no limits.
func (a *App) Rates(ctx context.Context) (bulk.Rates, error) {
	c, err := a.Client(ctx)
	if err != nil {
		return nil, err
	}
	app, user := c.Limits()
	rates := bulk.Rates{}
	for family, l := range app {
		own := user[family]
		rates[family] = bulk.Rate{PerSecond: float64(l.Calls) / l.Per.Seconds(), OwnCalls: own.Calls, OwnPer: own.Per}
	}
	return rates, nil
}
