package app

import (
	"context"
	"sync"
	"time"

	"github.com/roamctl/roamctl/internal/clock"
	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/limiter"
)

// limits are the profile's, scaled to the share of them that this machine may
// use: rounded down, but never to none.
func limits(s config.Settings) limiter.Limits {
	share := func(calls int, per time.Duration) limiter.Limit {
		return limiter.Limit{Calls: max(1, calls*s.QuotaShare/100), Per: per}
	}
	return limiter.Limits{
		limiter.FamilyOther:              {App: share(s.LimitCallsPerSecond, time.Second)},
		limiter.FamilyList:               {App: share(s.LimitListPerSecond, time.Second), User: share(s.LimitListPerMinute, time.Minute)},
		limiter.FamilyDeleteConversation: {App: share(s.LimitDeleteConversationPerSecond, time.Second), User: share(s.LimitDeleteConversationPerMinute, time.Minute)},
		limiter.FamilyDelete:             {App: share(s.LimitDeletePerSecond, time.Second)},
		limiter.FamilyGroups:             {App: share(s.LimitGroupsPerSecond, time.Second)},
		limiter.FamilyImport:             {App: share(s.LimitImportPerSecond, time.Second)},
		limiter.FamilyHistoryFiles:       {App: share(s.LimitHistoryFilesPerMinute, time.Minute)},
		limiter.FamilyRecall:             {App: share(s.LimitRecallPerSecond, time.Second)},
		limiter.FamilyAttachments:        {App: share(s.LimitCallsPerSecond, time.Second)},
	}
}

// budgets are shared with the other processes of this machine. Without a state
// folder that can be used, this process has its own.
func (a *App) budgets(to config.Connection) limiter.Budgets {
	memory := limiter.InMemory(clock.System())
	alone := func(err error) { a.Warn("the limits are not shared with other roamctl processes: %v", err) }
	state, err := a.StateDir()
	if err != nil {
		alone(err)
		return memory
	}
	var once sync.Once
	onWait := func(d time.Duration) {
		once.Do(func() {
			a.Note("waiting at least %s for the rate limit", d.Round(time.Second))
		})
	}
	shared := limiter.OpenShared(limiter.SharedFolder(state, to.Host, to.AppKey), clock.System(), onWait)
	return limiter.Fallback(shared, memory, alone)
}

// Limiter decides when the calls of this process begin.
func (a *App) Limiter(ctx context.Context) (*limiter.Limiter, error) {
	c, err := a.Client(ctx)
	if err != nil {
		return nil, err
	}
	return c.Limiter(), nil
}
