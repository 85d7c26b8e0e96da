package restore

import (
	"context"
	"time"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// plan sets the status of every message and changes nothing.
func (r *Restorer) plan(ctx context.Context, b *backup.Backup, s Settings, all known, keep func(roaming.Message) (place, error), held *locks) ([]*conversation, error) {
	conversations, err := r.conversations(ctx, b, s.Conversation, keep)
	if err != nil {
		return nil, err
	}
	if s.Conversation != "" && len(conversations) == 0 {
		return nil, fault.New(fault.NotFound, "the backup has no message of conversation %q", s.Conversation).
			WithHint("roamctl backup show %q lists its conversations", s.Path)
	}
	for _, t := range conversations {
		t.addImports(all)
		if err := r.compareUser(ctx, t, all); err != nil {
			return nil, err
		}
		if t.toRestore() == 0 {
			continue
		}
		if err := r.compareOthers(ctx, t, s.AllowDuplicates, held); err != nil {
			return nil, err
		}
		t.checkOrder()
	}
	return conversations, nil
}

// compareUser finds what the user has. An earlier restore counts only if the
// history still shows its import, which may be deleted again.
func (r *Restorer) compareUser(ctx context.Context, t *conversation, all known) error {
	has, err := r.matchView(ctx, t.ref, t)
	if err != nil {
		return err
	}
	for i := range t.items {
		it := &t.items[i]
		if has[i] == 0 {
			it.pending = all[it.id].Step == sending
			continue
		}
		it.status = UserHas
		if has[i] != it.id { // the map may lack a copy whose answer was lost, or be lost itself
			it.status, it.newID = RestoredBefore, has[i]
		}
	}
	return nil
}

// compareOthers finds what the others have: the peer, or as many members of a
// group as necessary.
func (r *Restorer) compareOthers(ctx context.Context, t *conversation, allowDuplicates bool, held *locks) error {
	others, err := r.others(ctx, t.ref)
	if fault.KindOf(err) == fault.NotFound {
		t.refuse("the group no longer exists")
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
		if t.toRestore() == 0 {
			return nil
		}
		has, err := r.matchView(ctx, other, t)
		if fault.KindOf(err) == fault.NotFound {
			if t.ref.Type == roaming.Chat {
				t.refuse("the user " + other.User + " no longer exists")
			}
			continue
		}
		if err != nil {
			return err
		}
		t.skipDuplicates(other.User, has, allowDuplicates)
	}
	return nil
}

// skipDuplicates marks the messages that somebody else has.
func (t *conversation) skipDuplicates(who string, has []roaming.MessageID, allowDuplicates bool) {
	for i := range t.items {
		it := &t.items[i]
		if has[i] == 0 || it.status != ToRestore {
			continue
		}
		it.peerHas = true
		if !allowDuplicates {
			it.status, it.reason = PeerHas, who+" still has it and would get it twice"
		}
	}
}

func (t *conversation) refuse(reason string) {
	for it := range t.remaining() {
		it.status, it.reason = Refused, reason
	}
}

// others returns the views of all who take part but the user.
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

// matchView reads a view of a conversation. For each item it returns the ID
// of the message in the view: the item's own, that of a copy, or 0 for none. It
// skips unreadable messages: those of the backup are readable.
func (r *Restorer) matchView(ctx context.Context, view roaming.Ref, t *conversation) ([]roaming.MessageID, error) {
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
		if i, ok := t.byID[m.ID]; ok {
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

// span queries the time from a conversation's first to its last message, or all of
// the history if a message has no time.
func (t *conversation) span() roaming.HistoryQuery {
	var since, until time.Time
	for _, it := range t.items {
		if it.timestamp.IsZero() {
			return roaming.HistoryQuery{Direction: roaming.Down, UserView: true}
		}
		if since.IsZero() {
			since = it.timestamp.Time
		}
		until = it.timestamp.Time
	}
	return roaming.HistoryQuery{Direction: roaming.Down, Since: since, Until: until, UserView: true}
}

// checkOrder marks what the service would refuse: within a conversation the
// times of imports must rise (docs/contract.md, section 8).
func (t *conversation) checkOrder() {
	var last roaming.Time
	for _, it := range t.items {
		if it.newID != 0 && it.timestamp.After(last.Time) {
			last = it.timestamp
		}
	}
	for it := range t.remaining() {
		var why string
		switch {
		case it.newID != 0:
			why = "it was restored before and deleted again"
		case it.timestamp.Equal(last.Time):
			why = "another message of the same millisecond was imported"
		case it.timestamp.Before(last.Time):
			why = "a later message was imported"
		default:
			last = it.timestamp
			continue
		}
		it.status, it.reason = OutOfOrder, why+", and the service accepts rising times only"
	}
}
