package deletion

import (
	"context"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Sink takes what is about to be deleted, as it is read.
type Sink interface {
	AddConversation(c roaming.Conversation) error
	AddMessage(m roaming.Message) error
}

// Freeze reads what a job is about to delete, hands it to sink, and returns it
// as it stood. It changes nothing. A message that can't be read is a
// fault.Safety: what can't be backed up must not be deleted.
func Freeze(ctx context.Context, svc roaming.Service, job Job, sink Sink) ([]Frozen, error) {
	seen := lastSeen{Sink: sink, last: map[roaming.Ref]roaming.MessageID{}}
	targets, err := listed(ctx, svc, job, seen)
	if err != nil {
		return nil, err
	}
	frozen := make([]Frozen, 0, len(targets))
	for i, t := range targets {
		f, err := freeze(ctx, svc, t, sink)
		if err == nil && i < len(job.Targets) && f.empty() { // it was named
			err = roaming.CheckType(ctx, svc, t.Ref)
		}
		if err != nil {
			return nil, err
		}
		f.Last = seen.last[roaming.Ref{Conversation: t.Conversation, Type: t.Type}]
		frozen = append(frozen, f)
	}
	return frozen, nil
}

// empty tells whether nothing was found of a target.
func (f Frozen) empty() bool {
	return len(f.Visible) == 0 && f.WithoutID == 0 && f.Kept == 0 && !f.Drop
}

// Check freezes what s is about to delete, and refuses what can't be deleted as
// it was asked for, or is not what a plan froze.
func Check(ctx context.Context, svc roaming.Service, s Settings, sink Sink) ([]Frozen, error) {
	frozen, err := Freeze(ctx, svc, s.Job, sink)
	if err == nil && !s.Force {
		err = NotVisible(frozen)
	}
	if err == nil {
		err = Moved(s.Expected, frozen)
	}
	if err == nil && len(FrozenCalls(s.Job, frozen)) == 0 {
		err = noID(frozen, fault.Safety)
	}
	return frozen, err
}

// rounding is how far from the asked ones the times of an answer may be: a
// service may go by seconds. What is past a target's time is not taken.
const rounding = time.Second

func freeze(ctx context.Context, svc roaming.Service, t Target, sink Sink) (Frozen, error) {
	f := Frozen{Target: t, Visible: []roaming.MessageID{}, NotVisible: []roaming.MessageID{}}
	if !t.reads() {
		return f, nil
	}
	wanted := idSet(t.IDs)
	query := roaming.HistoryQuery{KeepRaw: true}
	if len(t.IDs) == 0 {
		query.Until = shifted(t.Through, rounding)
	}
	for m, err := range roaming.Items(svc.History(ctx, t.Ref, query)) {
		switch {
		case roaming.IsItemError(err) && t.named():
			continue // if it is one of the IDs, it ends up as not visible
		case roaming.IsItemError(err):
			return f, unreadable(t.Ref.String(), err)
		case err != nil:
			return f, err
		case !wanted[m.ID] && !t.takes(m):
			if m.Timestamp.IsZero() && !t.named() {
				f.Kept++
			}
			continue
		}
		delete(wanted, m.ID)
		if err := sink.AddMessage(m); err != nil {
			return f, err
		}
		f.add(m)
		if t.named() && len(wanted) == 0 {
			break
		}
	}
	f.order(wanted)
	return f, nil
}

// shifted is t and d; no bound stays none.
func shifted(t roaming.Time, d time.Duration) time.Time {
	if t.IsZero() {
		return t.Time
	}
	return t.Add(d)
}

func (f *Frozen) add(m roaming.Message) {
	if m.ID == 0 {
		f.WithoutID++
		return
	}
	f.Visible = append(f.Visible, m.ID)
	if m.Timestamp.IsZero() {
		f.Undated++
		return
	}
	if f.Oldest.IsZero() || m.Timestamp.Before(f.Oldest.Time) {
		f.Oldest = m.Timestamp
	}
	if m.Timestamp.After(f.Newest.Time) {
		f.Newest = m.Timestamp
	}
}

// order notes the IDs that are missing. Where nothing else was asked for, the
// visible ones come in the order in which they were.
func (f *Frozen) order(missing map[roaming.MessageID]bool) {
	if f.named() {
		f.Visible = f.Visible[:0]
	}
	for _, id := range f.IDs {
		switch {
		case missing[id]:
			f.NotVisible = append(f.NotVisible, id)
		case f.named():
			f.Visible = append(f.Visible, id)
		}
	}
}

func unreadable(what string, err error) error {
	return fault.Wrap(fault.Safety, err, "something in %s can't be read, so it can't be backed up; nothing was deleted", what).
		WithHint("look at it with messages fetch; --no-backup deletes it unseen")
}

func idSet(ids []roaming.MessageID) map[roaming.MessageID]bool {
	set := make(map[roaming.MessageID]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}

// NotVisible is nil when all IDs that were asked for are in the user's
// history, and otherwise a fault.Safety that counts those that are not.
func NotVisible(frozen []Frozen) error {
	var missing, asked int
	var first roaming.MessageID
	for _, f := range frozen {
		if len(f.NotVisible) > 0 && missing == 0 {
			first = f.NotVisible[0]
		}
		missing += len(f.NotVisible)
		asked += len(f.IDs)
	}
	if missing == 0 {
		return nil
	}
	return fault.New(fault.Safety, "of the messages asked for, not visible to this user: %d of %d, such as %s; what can't be seen can't be backed up; nothing was deleted",
		missing, asked, first).WithHint("check the IDs, or delete the others with --force")
}

// count is how many messages are about to go.
func count(frozen []Frozen) int {
	n := 0
	for _, f := range frozen {
		n += len(f.Visible)
	}
	return n
}

// noID is nil when every message that was asked for can be named in a call, and
// otherwise a fault of that kind.
func noID(frozen []Frozen, kind fault.Kind) error {
	for _, f := range frozen {
		if f.WithoutID > 0 {
			return fault.New(kind, "of %s, %d without an ID can't be deleted one by one, and stay", f.Ref, f.WithoutID).
				WithHint("conversations delete --delete-messages --no-backup deletes the whole conversation")
		}
	}
	return nil
}
