package easemob

import (
	"context"
	"sync"
	"time"
)

// Limit is at most Calls in any stretch of time Per. The zero Limit is none.
type Limit struct {
	Calls int
	Per   time.Duration
}

func (l Limit) none() bool { return l.Calls <= 0 || l.Per <= 0 }

// Limits are the paces to keep, so that the service has no reason to answer
// 429 (contract, section 10). Each family of calls has a budget of its own for
// the App Key; the two that the service counts for each user, too, have a
// second one. Add-ons raise them; the zero value paces nothing.
type Limits struct {
	Other  Limit // every call that no other family has: history, users, members, tokens
	List   Limit // conversation lists, on all three routes
	Unlist Limit // deletions of conversations
	Delete Limit // deletions of messages, delete/all among them
	Import Limit // imports, of chats and groups

	UserList   Limit // conversation lists of one user
	UserUnlist Limit // deletions of one user's conversations
}

// DefaultLimits are the contract's (section 10): 100 calls a second of each
// family, 5 conversation lists and 5 conversation deletions a minute a user.
// "Anything not named here" is read as one budget for all of that: the contract
// does not say that each kind has its own.
func DefaultLimits() Limits {
	second, user := Limit{100, time.Second}, Limit{5, time.Minute}
	return Limits{Other: second, List: second, Unlist: second, Delete: second, Import: second, UserList: user, UserUnlist: user}
}

// family is a kind of calls that share a budget.
type family string

const (
	familyOther  family = ""
	familyList   family = "list"
	familyUnlist family = "unlist"
	familyDelete family = "delete"
	familyImport family = "import"
)

// The families of calls, as a Governor hears of them.
const (
	FamilyOther  = string(familyOther)
	FamilyList   = string(familyList)
	FamilyUnlist = string(familyUnlist)
	FamilyDelete = string(familyDelete)
)

// Limits are the limits that the client keeps to, by family: the App Key's, and
// one user's.
func (c *Client) Limits() (app, user map[string]Limit) {
	app, user = map[string]Limit{}, map[string]Limit{}
	for _, f := range []family{familyOther, familyList, familyUnlist, familyDelete, familyImport} {
		ofApp, ofUser := c.limits.of(f)
		if !ofApp.none() {
			app[string(f)] = ofApp
		}
		if !ofUser.none() {
			user[string(f)] = ofUser
		}
	}
	return app, user
}

// of is a family's limits: the App Key's, and one user's where there is one.
func (l Limits) of(f family) (app, user Limit) {
	switch f {
	case familyList:
		return l.List, l.UserList
	case familyUnlist:
		return l.Unlist, l.UserUnlist
	case familyDelete:
		return l.Delete, Limit{}
	case familyImport:
		return l.Import, Limit{}
	case familyOther:
	}
	return l.Other, Limit{}
}

// Pacer keeps calls inside limits. Another implementation can share its
// budgets between processes.
type Pacer interface {
	// Wait returns when one more call fits into the budget of that name, and
	// counts it; or ctx's error, and then nothing was counted.
	Wait(ctx context.Context, budget string, l Limit) error
	// Take is Wait that does not wait: it counts a call that fits and returns
	// 0, or how long none will.
	Take(ctx context.Context, budget string, l Limit) (full time.Duration, err error)
}

// memoryPacer remembers the times of a budget's last calls. A token bucket
// would let nearly twice the limit through in the first window.
type memoryPacer struct {
	clock Clock

	mu      sync.Mutex
	calls   map[string][]time.Time // oldest first, none older than its limit's Per
	pruneAt int                    // prune when there are so many budgets
}

const minPrune = 1024

func newMemoryPacer(clock Clock) *memoryPacer {
	return &memoryPacer{clock: clock, calls: map[string][]time.Time{}, pruneAt: minPrune}
}

func (p *memoryPacer) Wait(ctx context.Context, budget string, l Limit) error {
	for {
		wait := p.take(budget, l)
		if wait <= 0 {
			return ctx.Err()
		}
		if err := p.clock.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

func (p *memoryPacer) Take(ctx context.Context, budget string, l Limit) (time.Duration, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return p.take(budget, l), nil
}

// take counts a call and returns 0, or returns how long the budget is full.
func (p *memoryPacer) take(budget string, l Limit) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock.Now()
	calls := p.calls[budget]
	for len(calls) > 0 && now.Sub(calls[0]) >= l.Per {
		calls = calls[1:]
	}
	if len(calls) >= l.Calls {
		return l.Per - now.Sub(calls[0])
	}
	p.calls[budget] = append(calls, now)
	if len(p.calls) >= p.pruneAt {
		p.prune(now)
	}
	return 0
}

// prune forgets budgets that were idle for longer than any limit's window, so
// that a run over a million users does not grow.
func (p *memoryPacer) prune(now time.Time) {
	const idle = time.Hour
	for budget, calls := range p.calls {
		if now.Sub(calls[len(calls)-1]) > idle {
			delete(p.calls, budget)
		}
	}
	p.pruneAt = max(minPrune, 2*len(p.calls))
}
