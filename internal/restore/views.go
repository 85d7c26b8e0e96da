package restore

import (
	"context"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// look reads a view of a thread's conversation and tells, item by item, under
// which ID the message is there: its own, that of a copy, or 0 for not at all.
// What can't be read in the view is none of the backup's messages: those could
// be read.
func (r *Restorer) look(ctx context.Context, view roaming.Ref, t *thread) ([]roaming.MessageID, error) {
	has := make([]roaming.MessageID, len(t.items))
	wanted := map[fingerprint]bool{}
	for _, it := range t.items {
		wanted[it.mark] = true
	}
	copies := map[fingerprint][]roaming.MessageID{}
	for m, err := range roaming.Items(r.Service.History(ctx, view, t.span())) {
		if roaming.IsItemError(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if i, known := t.byID[m.ID]; known {
			has[i] = m.ID
			continue
		}
		mark, err := fingerprintOf(m)
		if err != nil {
			return nil, err
		}
		if wanted[mark] {
			copies[mark] = append(copies[mark], m.ID)
		}
	}
	for i, it := range t.items {
		if ids := copies[it.mark]; has[i] == 0 && it.id != 0 && len(ids) > 0 {
			has[i], copies[it.mark] = ids[0], ids[1:]
		}
	}
	return has, nil
}

// span is the time from a thread's first to its last message; all of it when
// one has no time.
func (t *thread) span() roaming.HistoryQuery {
	var since, until time.Time
	for _, it := range t.items {
		if it.timestamp.IsZero() {
			return roaming.HistoryQuery{Direction: roaming.Down}
		}
		if since.IsZero() {
			since = it.timestamp.Time
		}
		until = it.timestamp.Time
	}
	return roaming.HistoryQuery{Direction: roaming.Down, Since: since, Until: until}
}

// lookAtUser settles what the user has. What an earlier restore did counts
// only as far as the view still shows it: it may have been deleted again since.
func (r *Restorer) lookAtUser(ctx context.Context, t *thread, known past) error {
	has, err := r.look(ctx, t.ref, t)
	if err != nil {
		return err
	}
	for i := range t.items {
		it := &t.items[i]
		if has[i] == 0 {
			it.pending = known[it.id].Step == sending
			continue
		}
		it.fate = UserHas
		if has[i] != it.id { // of a copy that is in no map the answer never came, or the map is lost
			it.fate, it.newID = RestoredBefore, has[i]
		}
	}
	return nil
}

// lookAtOthers settles what the other side has: the peer, or in a group all
// members, of whom as many are read as it takes.
func (r *Restorer) lookAtOthers(ctx context.Context, t *thread, allowDuplicates bool, held *locks) error {
	others, err := r.others(ctx, t.ref)
	if fault.KindOf(err) == fault.NotFound {
		t.giveUp("the group is no longer there")
		return nil
	}
	if err != nil {
		return err
	}
	for _, other := range others {
		if err := held.add(other.User); err != nil {
			return err
		}
	}
	for _, other := range others {
		if t.wanted() == 0 {
			return nil
		}
		has, err := r.look(ctx, other, t)
		if fault.KindOf(err) == fault.NotFound {
			if t.ref.Type == roaming.Chat {
				t.giveUp("the user " + other.User + " is no longer there")
			}
			continue
		}
		if err != nil {
			return err
		}
		t.spare(other.User, has, allowDuplicates)
	}
	return nil
}

// spare keeps from being imported what somebody else has.
func (t *thread) spare(who string, has []roaming.MessageID, allowDuplicates bool) {
	reason := who + " still has it and would see it twice"
	for i := range t.items {
		it := &t.items[i]
		if has[i] == 0 || it.fate != ToRestore {
			continue
		}
		it.twice = true
		if !allowDuplicates {
			it.fate, it.reason = PeerHas, reason
		}
	}
}

func (t *thread) giveUp(reason string) {
	for i := range t.items {
		if it := &t.items[i]; it.fate == ToRestore {
			it.fate, it.reason = Refused, reason
		}
	}
}

// others are the views of all who take part but the user.
func (r *Restorer) others(ctx context.Context, ref roaming.Ref) ([]roaming.Ref, error) {
	if t := ref.Type; t == roaming.Chat {
		if ref.Conversation == ref.User {
			return nil, nil
		}
		return []roaming.Ref{{User: ref.Conversation, Conversation: ref.User, Type: t}}, nil
	}
	var all []roaming.Ref
	for member, err := range roaming.Items(r.Service.GroupMembers(ctx, ref.Conversation)) {
		if err != nil {
			return nil, err
		}
		if member != ref.User {
			all = append(all, roaming.Ref{User: member, Conversation: ref.Conversation, Type: ref.Type})
		}
	}
	return all, nil
}
