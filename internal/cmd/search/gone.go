package search

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// choice are the messages that --gone takes, with when a recheck no longer found
// them; nil takes all.
type choice map[archive.Key]roaming.Time

func (c choice) has(key archive.Key) (since roaming.Time, ok bool) {
	if c == nil {
		return since, true
	}
	since, ok = c[key]
	return since, ok
}

// chosen reads what has gone from the users' views, if --gone asks for that.
func (o *options) chosen(ctx context.Context, store archive.Store) (choice, error) {
	if !o.gone {
		return nil, nil
	}
	all := choice{}
	for _, user := range o.users {
		sightings := store.Sightings(ctx, archive.SightingQuery{User: user, Span: o.span(), States: []archive.SightingState{archive.Gone}})
		for s, err := range sightings {
			if err != nil {
				return nil, err
			}
			all[s.Message] = s.Ended.Started
		}
	}
	return all, nil
}

// noteNothing says what the archive holds and lacks of the time that was
// searched: that nothing is found may be for that.
func (o *options) noteNothing(ctx context.Context, a *app.App, store archive.Store) error {
	opts, err := a.Output()
	if err != nil {
		return err
	}
	zone := opts.Location
	stats, err := store.Stats(ctx)
	if err != nil {
		return err
	}
	if stats.NeedsReindex {
		a.Warn("the index is of another version, so every message was read: roamctl archive reindex makes it fast again")
	}
	if stats.Messages == 0 {
		a.Note("nothing found: the archive is empty (roamctl archive sync and import fill it)")
		return nil
	}
	note := "nothing found in " + render.Count(int(stats.Messages), "message")
	if !stats.First.IsZero() {
		note += fmt.Sprintf(" from %s to %s", a.ShowTime(stats.First.In(zone)), a.ShowTime(stats.Last.In(zone)))
	}
	if o.gone {
		note += "; only roamctl archive sync --source roaming --recheck finds out what is gone"
	}
	a.Note("%s", note)
	if err := a.NoteNeverRead(ctx, store, o.users, "", ""); err != nil {
		return err
	}
	return o.noteGaps(ctx, a, store, zone)
}

func (o *options) noteGaps(ctx context.Context, a *app.App, store archive.Store, zone *time.Location) error {
	n := 0
	var first archive.Gap
	for g, err := range store.Gaps(ctx, archive.GapQuery{Span: o.searched()}) {
		if err != nil {
			return err
		}
		if g.Subject.User != "" && len(o.users) > 0 && !slices.Contains(o.users, g.Subject.User) {
			continue
		}
		if n == 0 {
			first = g
		}
		n++
	}
	if n > 0 {
		a.Warn("the archive has %s in the time that was searched, such as from %s to %s (%s): roamctl archive gaps lists them",
			render.Count(n, "gap"), a.ShowTime(time.UnixMilli(first.Span.From).In(zone)), a.ShowTime(time.UnixMilli(first.Span.To).In(zone)), first.State)
	}
	return nil
}

// searched is the time that the flags and the query allow.
func (o *options) searched() archive.Span {
	span := o.span()
	after, before := o.query.Bounds()
	if !after.IsZero() {
		span.From = max(span.From, after.UnixMilli())
	}
	if !before.IsZero() {
		span.To = min(span.To, before.UnixMilli()-1)
	}
	return span
}
