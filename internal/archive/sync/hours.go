package sync

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/roaming"
)

// What the service promises of history files (docs/contract.md, section 7), and how
// often one that is not final is fetched again.
const (
	keptFor    = 3 * 24 * time.Hour
	finalAfter = 24 * time.Hour // after the hour's end
	againAfter = 6 * time.Hour
)

// maxFailures is how many hours in a row may fail for a reason that concerns all of
// them, such as the network.
const maxFailures = 3

// Hours syncs the hourly history files.
type Hours struct {
	Store archive.Store
	Files roaming.HistoryFiles
	Run   archive.Run
	Now   time.Time // the service's time
	Dir   string    // of temporary files

	// Since and Until bound the hours, both included; zero for no bound. Without Since
	// hours are fetched that the service keeps according to its documentation.
	Since, Until time.Time

	// OnHour, if not nil, is called with each hour that was asked for, and with each
	// that the service dropped before the archive had all of it.
	OnHour func(Hour)
	// OnBadLine, if not nil, is called with each line that can't be read.
	OnBadLine func(file string, err error)

	failures int
	empty    []archive.Fetch // hours without messages, until the zone is known to be right
	trusted  bool            // the zone is right
}

// Hour is what became of an hour.
type Hour struct {
	archive.Result

	Start      time.Time
	File       string // the service's name of it
	Records    int64
	Unreadable int64
	Outside    int64 // messages of other times
	State      archive.FetchState
	Err        error // why it is not complete; nil for a young hour
}

// Sync fetches the hours that the archive does not have, the oldest first. One hour's
// failure does not stop the others, unless it would be theirs, too.
func (h *Hours) Sync(ctx context.Context) error {
	first, last := h.bounds()
	known := map[int64]archive.Fetch{}
	for f, err := range h.Store.Fetches(ctx, archive.Subject{}, archive.Everything()) {
		if err != nil {
			return err
		}
		known[f.Span.From] = f
	}
	if h.Since.IsZero() {
		if err := h.noteLost(ctx, known, first); err != nil {
			return err
		}
	}
	for start := first; !start.After(last); start = start.Add(time.Hour) {
		if f, ok := known[start.UnixMilli()]; ok && !h.due(start, f) {
			h.trusted = h.trusted || f.Records > 0
			continue
		}
		if err := h.fetch(ctx, start); err != nil {
			return err
		}
	}
	return h.noteEmpty(ctx)
}

// bounds are the first and the last hour to look at. An hour that has not ended has no
// file.
func (h *Hours) bounds() (first, last time.Time) {
	first, last = h.Since.Truncate(time.Hour), h.Now.Truncate(time.Hour).Add(-time.Hour)
	if h.Since.IsZero() {
		first = h.Now.Add(-keptFor).Truncate(time.Hour).Add(time.Hour)
	}
	if !h.Until.IsZero() && h.Until.Before(last) {
		last = h.Until.Truncate(time.Hour)
	}
	return first, last
}

// due reports whether an hour that was fetched is fetched again.
func (h *Hours) due(start time.Time, f archive.Fetch) bool {
	switch f.State {
	case archive.Complete:
		return false
	case archive.Lost:
		return !h.Since.IsZero() // it is named
	case archive.Failed:
		return f.Records == 0 || h.rested(f)
	case archive.Young, archive.Never:
	}
	return h.final(start) || h.rested(f)
}

// final reports whether the file of an hour has everything.
func (h *Hours) final(start time.Time) bool {
	return !h.Now.Before(start.Add(time.Hour + finalAfter))
}

func (h *Hours) rested(f archive.Fetch) bool { return h.Now.Sub(f.At.Time) >= againAfter }

// noteLost notes the hours before first that expired before a sync had all of them:
// those that it fetched too early or not at all.
func (h *Hours) noteLost(ctx context.Context, known map[int64]archive.Fetch, first time.Time) error {
	if len(known) == 0 {
		return nil
	}
	var fetches []archive.Fetch
	at := roaming.Millis(h.Now.UnixMilli())
	for ms := slices.Min(slices.Collect(maps.Keys(known))); ms < first.UnixMilli(); ms += time.Hour.Milliseconds() {
		f, fetched := known[ms]
		lost := archive.Fetch{Span: span(time.UnixMilli(ms)), At: at, State: archive.Lost, Records: f.Records, Reason: "the service dropped it before it was fetched"}
		switch {
		case !fetched:
		case f.State == archive.Young:
			lost.Reason = "the service dropped it after it was fetched too early to be complete, at " + f.At.String()
		case f.State == archive.Failed:
			lost.Reason = f.Reason
		default:
			continue
		}
		fetches = append(fetches, lost)
	}
	if len(fetches) == 0 {
		return nil
	}
	if _, err := h.Store.Import(ctx, archive.Batch{Run: h.Run, Fetches: fetches}); err != nil {
		return err
	}
	for _, f := range fetches {
		h.onHour(Hour{Start: time.UnixMilli(f.Span.From), State: f.State, Err: errors.New(f.Reason)})
	}
	return nil
}

func (h *Hours) onHour(hour Hour) {
	if h.OnHour != nil {
		h.OnHour(hour)
	}
}
