package sync

import (
	"context"
	"math"
	"time"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// reading reads a user's conversation into the run's batch.
//
// A sync reads from the last message that it knows towards newer ones. If the service
// no longer knows that message, it may answer with nothing, with everything, or with an
// error (docs/contract.md, section 3). So if the list's latest message was not among
// what came, reading goes back from the newest message to one that the user was seen to
// have.
type reading struct {
	u       *user
	ref     roaming.Ref
	subject archive.Subject
	latest  archive.Key // on the user's list; "" if that names none
	reached bool        // latest was read

	noID     archive.Occurrences
	read     bool        // some was read before, up to the time to in ms
	from, to int64       // from 0 unless only a part was read
	last     archive.Key // the newest message that was read
	records  int64

	keys    []archive.Key // since the last note, without those in timeless
	times   archive.Span  // of those
	without []archive.Key // messages without a time
}

func newReading(u *user, c listed) *reading {
	r := &reading{u: u, ref: c.ref, noID: archive.Occurrences{}}
	r.subject = archive.Subject{User: u.id, Conversation: archive.ConversationOf(c.ref)}
	if f, ok := u.known[r.subject.Conversation]; ok {
		r.read, r.from, r.to, r.last, r.records = true, f.Span.From, f.Span.To, f.Last, f.Records
	}
	if c.last != nil && c.last.ID != 0 {
		r.latest = archive.IDKey(c.last.ID.String())
	}
	r.reached = r.latest == "" || r.latest == r.last
	return r
}

// upToDate reports whether the archive has the latest message, and so all of them.
func (r *reading) upToDate() bool { return r.latest != "" && r.latest == r.last }

// all reads what is new or, for a recheck, everything.
func (r *reading) all(ctx context.Context) error {
	if r.u.x.Recheck {
		return r.recheck(ctx)
	}
	q := roaming.HistoryQuery{Direction: roaming.Down, Start: roaming.Cursor(r.last.ID()), KeepRaw: true}
	err := r.pages(ctx, q, func(page roaming.Page[roaming.Message]) (bool, error) {
		if err := r.add(page); err != nil {
			return false, err
		}
		return true, r.flush(ctx)
	})
	lost := err == nil && !r.reached || err != nil && fault.AffectsOneConversation(err) && ctx.Err() == nil
	switch {
	case q.Start != "" && lost:
		return r.back(ctx)
	case err != nil:
		r.note(time.Time{}) // the next sync continues there
		return err
	}
	r.note(r.u.x.Now)
	return nil
}

// flush notes now and then how far the conversation was read, and brings a full batch
// into the archive.
func (r *reading) flush(ctx context.Context) error {
	if len(r.keys)+len(r.without) >= noteSize {
		r.note(time.Time{})
	}
	return r.u.x.flush(ctx, false)
}

// back reads from the newest message to the first page with a message that the user was
// seen to have.
func (r *reading) back(ctx context.Context) error {
	newest := archive.Key("")
	err := r.pages(ctx, roaming.HistoryQuery{Direction: roaming.Up, KeepRaw: true}, func(page roaming.Page[roaming.Message]) (more bool, err error) {
		before := len(r.keys)
		if err := r.add(page); err != nil {
			return false, err
		}
		if newest == "" && len(page.Items) > 0 && page.Items[0].ID != 0 {
			newest = archive.IDKey(page.Items[0].ID.String())
		}
		if err := r.u.x.flush(ctx, false); err != nil { // without a note: older messages are missing
			return false, err
		}
		known, err := r.seen(ctx, page, r.keys[before:])
		return !known, err
	})
	if err != nil {
		return err
	}
	if newest != "" {
		r.last = newest
	}
	r.note(r.u.x.Now)
	return nil
}

// seen reports whether the user was seen to have one of a page's messages.
func (r *reading) seen(ctx context.Context, page roaming.Page[roaming.Message], keys []archive.Key) (bool, error) {
	if len(keys) == 0 {
		return false, nil
	}
	span := archive.Span{From: math.MaxInt64}
	for _, m := range page.Items {
		if !m.Timestamp.IsZero() {
			span.From, span.To = min(span.From, m.Timestamp.UnixMilli()), max(span.To, m.Timestamp.UnixMilli())
		}
	}
	asked := make(map[archive.Key]bool, len(keys))
	for _, k := range keys {
		asked[k] = true
	}
	q := archive.SightingQuery{User: r.u.id, Conversation: &r.subject.Conversation, Span: span, States: []archive.SightingState{archive.Seen}}
	for s, err := range r.u.x.Store.Sightings(ctx, q) {
		if err != nil || asked[s.Message] {
			return err == nil, err
		}
	}
	return false, nil
}

// pages passes pages to add until it wants no more. A page with an item that can't be
// read is requested once more.
func (r *reading) pages(ctx context.Context, q roaming.HistoryQuery, add func(roaming.Page[roaming.Message]) (more bool, err error)) error {
	for retried, again := false, true; again; {
		again = false
		for page, err := range r.u.x.Service.History(ctx, r.ref, q) {
			if err != nil {
				return err
			}
			if len(page.Bad) > 0 && !retried {
				retried, again = true, true
				break
			}
			retried = false
			if more, err := add(page); err != nil || !more {
				return err
			}
			q.Start = page.Next
		}
	}
	return nil
}
