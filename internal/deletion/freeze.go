package deletion

import (
	"context"

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
	targets, err := listed(ctx, svc, job, sink)
	if err != nil {
		return nil, err
	}
	frozen := make([]Frozen, 0, len(targets))
	for _, t := range targets {
		f, err := freeze(ctx, svc, t, sink)
		if err != nil {
			return nil, err
		}
		frozen = append(frozen, f)
	}
	return frozen, nil
}

func freeze(ctx context.Context, svc roaming.Service, t Target, sink Sink) (Frozen, error) {
	f := Frozen{Target: t, Visible: []roaming.MessageID{}, NotVisible: []roaming.MessageID{}}
	if !t.reads() {
		return f, nil
	}
	wanted := idSet(t.IDs)
	query := roaming.HistoryQuery{KeepRaw: true, Until: t.Through.Time}
	for m, err := range roaming.Items(svc.History(ctx, t.Ref, query)) {
		if err != nil {
			if roaming.IsItemError(err) && len(t.IDs) > 0 {
				continue // if it is one of the IDs, it ends up as not visible
			}
			if roaming.IsItemError(err) {
				return f, unreadable(t.Ref.String(), err)
			}
			return f, err
		}
		if len(t.IDs) > 0 && !wanted[m.ID] {
			continue
		}
		delete(wanted, m.ID)
		if err := sink.AddMessage(m); err != nil {
			return f, err
		}
		f.add(m)
		if len(t.IDs) > 0 && len(wanted) == 0 {
			break
		}
	}
	f.order(wanted)
	return f, nil
}

func (f *Frozen) add(m roaming.Message) {
	f.Visible = append(f.Visible, m.ID)
	if f.Oldest.IsZero() || m.Timestamp.Before(f.Oldest.Time) {
		f.Oldest = m.Timestamp
	}
	if m.Timestamp.After(f.Newest.Time) {
		f.Newest = m.Timestamp
	}
}

// order puts the visible IDs in the order in which they were asked for.
func (f *Frozen) order(missing map[roaming.MessageID]bool) {
	if len(f.IDs) == 0 {
		return
	}
	f.Visible = f.Visible[:0]
	for _, id := range f.IDs {
		if missing[id] {
			f.NotVisible = append(f.NotVisible, id)
		} else {
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

// NotVisible is nil when all IDs that were asked for are in the owner's
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
