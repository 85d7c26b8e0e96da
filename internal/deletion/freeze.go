package deletion

import (
	"context"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Sink receives what is about to be deleted, as it is read.
type Sink interface {
	AddConversation(c roaming.Conversation) error
	AddMessage(m roaming.Message) error
}

// Freeze reads what a job is about to delete, passes it to sink, and returns it as
// it is now. It changes nothing. A message that can't be read is a fault.Safety:
// what can't be backed up must not be deleted.
func Freeze(ctx context.Context, svc roaming.Service, job Job, sink Sink) ([]Frozen, error) {
	seen := lastSeen{Sink: sink, last: map[roaming.Ref]roaming.MessageID{}}
	targets, err := listed(ctx, svc, job, seen)
	if err != nil {
		return nil, err
	}
	frozen := make([]Frozen, 0, len(targets))
	for i, t := range targets {
		f, err := freeze(ctx, svc, job, t, sink)
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

// empty reports whether nothing was found of a target.
func (f Frozen) empty() bool {
	return len(f.Visible) == 0 && f.WithoutID == 0 && f.Kept == 0 && !f.Drop
}

// rounding is how much wider than the target the times of a query are: a service
// may compare seconds. Messages after the target's time are left out.
const rounding = time.Second

func freeze(ctx context.Context, svc roaming.Service, job Job, t Target, sink Sink) (Frozen, error) {
	f := Frozen{Target: t, Visible: []roaming.MessageID{}, NotVisible: []roaming.MessageID{}}
	if !t.reads() {
		return f, nil
	}
	wanted := idSet(t.IDs)
	query := roaming.HistoryQuery{KeepRaw: true, UserView: true}
	if len(t.IDs) == 0 {
		query.Since, query.Until = shifted(t.Since, -rounding), shifted(t.Through, rounding)
	}
	senders := map[roaming.MessageID]string{} // of a recall
	for m, err := range roaming.Items(svc.History(ctx, t.Ref, query)) {
		switch {
		case roaming.IsItemError(err) && t.named():
			continue // an unreadable item counts as not visible
		case roaming.IsItemError(err):
			return f, unreadable(job, t.Ref.String(), err)
		case err != nil:
			return f, err
		case !wanted[m.ID] && job.Recall != nil && m.IsEvent(): // no message to recall
			continue
		case !wanted[m.ID] && !t.takes(m):
			if m.Timestamp.IsZero() && !t.named() && t.sentBy(m) {
				f.Kept++
			}
			continue
		}
		delete(wanted, m.ID)
		if err := sink.AddMessage(m); err != nil {
			return f, err
		}
		if job.Recall != nil {
			senders[m.ID] = m.From
		}
		f.add(m)
		if t.named() && len(wanted) == 0 {
			break
		}
	}
	f.order(wanted)
	if job.Recall != nil {
		f.setSenders(senders)
	}
	return f, nil
}

// shifted is t plus d; zero, for no bound, stays zero.
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

// order sorts the target's IDs into those that are visible and those that are
// missing. A target of IDs alone keeps their order.
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

func unreadable(job Job, what string, err error) error {
	f := fault.Wrap(fault.Safety, err, "cannot read an item of %s, so it can't be backed up; %s", what, job.nothing())
	if job.Recall != nil {
		return f.WithHint("inspect it with roamctl messages fetch; --id recalls the messages that can be read")
	}
	return f.WithHint("inspect it with roamctl messages fetch; --no-backup deletes without reading")
}

func idSet(ids []roaming.MessageID) map[roaming.MessageID]bool {
	set := make(map[roaming.MessageID]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}

// count is how many messages are about to be deleted.
func count(frozen []Frozen) int {
	n := 0
	for _, f := range frozen {
		n += len(f.Visible)
	}
	return n
}
