package sync

import (
	"cmp"
	"context"
	"time"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/roaming"
)

// add adds a page to the batch. An item that can't be read is kept as it came.
func (r *reading) add(page roaming.Page[roaming.Message]) error {
	x := r.u.x
	for _, m := range page.Items {
		message, err := archive.FromView(r.ref, m, archive.Roaming, r.noID)
		if err != nil {
			return err
		}
		x.pending.add(message)
		r.sight(message)
		if m.ID != 0 {
			r.last = message.Key
			r.reached = r.reached || message.Key == r.latest
		}
	}
	for _, bad := range page.Bad {
		raw := []byte(bad.Raw)
		message := archive.Message{Key: r.noID.Key(raw), Conversation: r.subject.Conversation, Kind: roaming.Unknown, Raw: raw, Source: archive.Roaming}
		x.pending.add(message)
		r.sight(message)
		x.Unreadable.Add(1)
		if x.OnUnreadable != nil {
			x.OnUnreadable(r.ref, bad)
		}
	}
	r.records += int64(len(page.Items))
	r.u.messages += len(page.Items)
	x.Messages.Add(int64(len(page.Items)))
	return nil
}

// sight notes that the user sees a message.
func (r *reading) sight(m archive.Message) {
	if m.Time.IsZero() {
		r.without = append(r.without, m.Key)
		return
	}
	ms := m.Time.UnixMilli()
	if len(r.keys) == 0 {
		r.times = archive.Span{From: ms, To: ms}
	}
	r.times.From, r.times.To = min(r.times.From, ms), max(r.times.To, ms)
	r.keys = append(r.keys, m.Key)
	r.u.x.noteAge(m.Time.Time)
}

// note adds to the batch what the user sees and how far the conversation was read: to
// the end at a time, or only up to the last message for the zero time.
func (r *reading) note(end time.Time) {
	p := &r.u.x.pending
	if len(r.keys) > 0 {
		span := r.times
		if r.read {
			span.From = min(span.From, r.to+1) // nothing was sent in between
		}
		p.view(archive.View{User: r.u.id, Conversation: r.subject.Conversation, Span: span, Keys: r.keys})
		r.read, r.to = true, max(r.to, r.times.To)
	}
	r.noteTimeless(false)
	if !end.IsZero() {
		r.read, r.to = true, max(r.to, end.UnixMilli())
	}
	r.keys = nil
	if !r.read {
		return
	}
	p.fetch(archive.Fetch{
		Subject: r.subject, Span: archive.Span{From: r.from, To: r.to}, At: r.u.x.at(), State: archive.Complete, Records: r.records, Last: r.last,
	})
}

func (r *reading) noteTimeless(recheck bool) {
	if len(r.without) > 0 {
		r.u.x.pending.view(archive.View{User: r.u.id, Conversation: r.subject.Conversation, Keys: r.without, Recheck: recheck})
		r.without = nil
	}
}

// recheck reads a conversation again. What the user no longer sees is noted with the
// user's other conversations, which show how long the service keeps messages.
func (r *reading) recheck(ctx context.Context) error {
	x := r.u.x
	before := *r
	r.last = ""
	q := roaming.HistoryQuery{Direction: roaming.Down, Since: x.Since, KeepRaw: true}
	err := r.pages(ctx, q, func(page roaming.Page[roaming.Message]) (bool, error) {
		if err := r.add(page); err != nil {
			return false, err
		}
		return true, x.flush(ctx, false)
	})
	if err != nil {
		r.last = before.last
		return err
	}
	span := archive.Span{To: max(x.Now.UnixMilli(), r.times.To)}
	if !x.Since.IsZero() {
		span.From = x.Since.UnixMilli() + 1 // whether the service includes the bound is not known
	}
	r.u.rechecks = append(r.u.rechecks, recheck{
		view:  archive.View{User: r.u.id, Conversation: r.subject.Conversation, Span: span, Keys: r.keys, Recheck: true},
		fetch: r.rechecked(span, before),
	})
	r.noteTimeless(true)
	return nil
}

// recheck is what a recheck found in a conversation.
type recheck struct {
	view  archive.View
	fetch archive.Fetch
}

// rechecked says how far a recheck has read. A part that does not touch what was read
// before does not say where the next sync begins.
func (r *reading) rechecked(span archive.Span, before reading) archive.Fetch {
	f := archive.Fetch{Subject: r.subject, Span: span, At: r.u.x.at(), State: archive.Complete, Records: int64(len(r.keys)), Last: cmp.Or(r.last, before.last)}
	switch {
	case before.read && span.From <= before.to+1:
		f.Span.From, f.Records = min(span.From, before.from), max(f.Records, before.records)
	case !r.u.x.Since.IsZero():
		f.Last = ""
	}
	return f
}

// noteAge notes that the service still keeps a time.
func (x *Users) noteAge(t time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.oldest.IsZero() || t.Before(x.oldest) {
		x.oldest = t
	}
}

// kept returns the earliest time that the service keeps, as far as what was read shows:
// the service keeps messages for a number of days by plan (docs/contract.md, sections 3
// and 11). The zero Time means that it keeps more than any plan.
func (x *Users) kept() roaming.Time {
	const dayLong = 24 * time.Hour
	x.mu.Lock()
	defer x.mu.Unlock()
	age := time.Duration(0)
	if !x.oldest.IsZero() {
		age = x.Now.Sub(x.oldest)
	}
	for _, days := range []int{3, 7, 90, 180} {
		plan := time.Duration(days) * dayLong
		if age <= plan+dayLong { // the service may be late
			return roaming.Millis(x.Now.Add(-plan).UnixMilli())
		}
	}
	return roaming.Time{}
}

// addRechecks adds what rechecks found to the batch.
func (u *user) addRechecks() {
	kept := u.x.kept()
	for _, found := range u.rechecks {
		found.view.Kept = kept
		u.x.pending.view(found.view)
		u.x.pending.fetch(found.fetch)
	}
}
