package sandbox

import (
	"cmp"
	"context"
	"time"

	systemclock "github.com/roamctl/roamctl/internal/clock"
	"github.com/roamctl/roamctl/internal/sandbox/api"
)

// Options configures a sandbox. The zero value is an ephemeral one.
type Options struct {
	Dir    string           // the data folder; "" for one that Close removes
	Now    func() time.Time // the clock; nil for the real one
	Limits bool             // hold callers to section 10 of the contract

	ListCap           int           // conversations a user has at most; 0 for 100 (section 2)
	ListAge           time.Duration // conversations idle for longer fall off the list; 0 for never
	HistoryAge        time.Duration // messages older than that are gone; 0 for never (the service: 3, 7 or 90 days)
	NoPriorMessages   bool          // a group's members do not see what came before they joined
	MaxDeleteIDs      int           // message IDs a deletion; 0 for 50 (section 4)
	RecallWindow      time.Duration // how old a message may be to be recalled without force; 0 for 2 minutes [inferred]
	MillisecondExpiry bool          // expires_in in milliseconds, as on some clusters (section 1)
	NoRoaming         bool          // as if the roaming add-on had not been bought (section 4)

	Latency time.Duration // added to every request
	Faults  []Fault
	// Sleep waits for latency and delays; nil for real time.
	Sleep func(ctx context.Context, d time.Duration) error
	// Log gets what the contract leaves no room for in an answer; nil for nowhere.
	Log func(format string, args ...any)
}

// Defaults of the contract (sections 2 and 4) and of the sandbox.
const (
	defaultListCap      = 100
	defaultRecentCount  = 10
	defaultRecentAge    = 7 * 24 * time.Hour
	defaultMaxDeleteIDs = 50
	defaultRecallWindow = 2 * time.Minute
)

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = systemclock.System().Sleep
	}
	if o.Log == nil {
		o.Log = func(string, ...any) {}
	}
	return o
}

func (o Options) rules() api.Rules {
	return api.Rules{
		ListCap: cmp.Or(o.ListCap, defaultListCap), ListAge: o.ListAge,
		RecentCount: defaultRecentCount, RecentAge: defaultRecentAge,
		HistoryAge: o.HistoryAge, NoPriorMessages: o.NoPriorMessages,
		MaxDeleteIDs:      cmp.Or(o.MaxDeleteIDs, defaultMaxDeleteIDs),
		RecallWindow:      cmp.Or(o.RecallWindow, defaultRecallWindow),
		MillisecondExpiry: o.MillisecondExpiry, NoRoaming: o.NoRoaming,
	}
}
