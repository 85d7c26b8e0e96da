package sandbox

import (
	"context"
	"time"

	systemclock "github.com/roamctl/roamctl/internal/clock"
)

// Options configures a sandbox. The zero value is an ephemeral one.
type Options struct {
	Dir    string           // the data folder; "" for one that Close removes
	Now    func() time.Time // the clock; nil for the real one
	Limits bool             // enforce the limits of docs/contract.md, section 10

	Latency time.Duration // of every request
	Faults  []Fault
	// Sleep waits for latency and delays; nil for real time.
	Sleep func(ctx context.Context, d time.Duration) error
	// Log, if not nil, is called with failures of the sandbox itself, which an
	// answer does not describe. It must be safe for concurrent use.
	Log func(format string, args ...any)
}

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
