package sandbox

import (
	"cmp"
	"context"
	"time"

	systemclock "github.com/roamctl/roamctl/internal/clock"
	"github.com/roamctl/roamctl/internal/sandbox/api"
)

// DefaultRecallWindow is how old a message can be that is recalled without force, if
// Options set no window. docs/contract.md, section 9, names none: it is the sandbox's
// own.
const DefaultRecallWindow = 2 * time.Minute

// DefaultFilesKept is how long the service keeps uploaded files by default
// (docs/contract.md, section 6).
const DefaultFilesKept = 7 * 24 * time.Hour

// HistoryFiles configures the hourly history files (docs/contract.md, section 7). The
// contract says "some hours" of the lag: the default is the sandbox's own.
type HistoryFiles = api.HistoryFiles

// Defaults of HistoryFiles.
const (
	DefaultHistoryFilesLag  = 2 * time.Hour
	defaultHistoryFilesKept = 3 * 24 * time.Hour
)

// Beijing is the zone in which domestic clusters name hours, the default.
func Beijing() *time.Location { return time.FixedZone("Beijing", 8*60*60) }

// Options configures a sandbox. The zero value is an ephemeral one.
type Options struct {
	Dir    string           // the data folder; "" for one that Close removes
	Now    func() time.Time // the clock; nil for the real one
	Zone   *time.Location   // in which the demo has its days; nil for UTC
	Limits bool             // enforce the limits of docs/contract.md, section 10

	// RecallWindow is how old a message can be that is recalled without force; 0 is
	// DefaultRecallWindow.
	RecallWindow time.Duration

	HistoryFiles HistoryFiles // zero fields have defaults

	// FilesKept is how long uploaded files can be downloaded; 0 is DefaultFilesKept.
	FilesKept time.Duration

	Closed  []Feature     // what the app has not opened: calls that need it are refused
	Latency time.Duration // of every request
	Faults  []Fault
	// Sleep waits for latency and delays; nil for real time.
	Sleep func(ctx context.Context, d time.Duration) error
	// Log, if not nil, is called with failures of the sandbox itself, which an
	// answer does not describe. It must be safe for concurrent use, and show what
	// strangers wrote as render.Safe does.
	Log func(format string, args ...any)
	// LogRefusal, if not nil, is called with every request and frame that is refused,
	// under the same conditions.
	LogRefusal func(format string, args ...any)
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Zone = cmp.Or(o.Zone, time.UTC)
	files := &o.HistoryFiles
	files.Zone = cmp.Or(files.Zone, Beijing())
	files.Kept = cmp.Or(files.Kept, defaultHistoryFilesKept)
	if o.Sleep == nil {
		o.Sleep = systemclock.System().Sleep
	}
	o.RecallWindow = cmp.Or(o.RecallWindow, DefaultRecallWindow)
	o.FilesKept = cmp.Or(o.FilesKept, DefaultFilesKept)
	if o.Log == nil {
		o.Log = func(string, ...any) {}
	}
	return o
}
