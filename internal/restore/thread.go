package restore

import (
	"cmp"
	"context"
	"slices"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Fate is what becomes of a message of the backup.
type Fate string

// The fates. Unimportable, OutOfOrder and Refused can't go back.
const (
	ToRestore      Fate = "to_restore"
	Restored       Fate = "restored"        // by this run
	RestoredBefore Fate = "restored_before" // by an earlier one
	UserHas        Fate = "user_has"        // it was never gone
	PeerHas        Fate = "peer_has"        // an import would show it twice to somebody
	Unimportable   Fate = "unimportable"    // the service's import can't express it
	OutOfOrder     Fate = "out_of_order"    // a later one of the conversation, or one of the same time, was imported
	Refused        Fate = "refused"         // the service did not take it
)

// item is a message on its way back.
type item struct {
	id        roaming.MessageID
	timestamp roaming.Time
	mark      fingerprint
	place     place
	doubtful  []string // parts that the service may drop

	fate    Fate
	reason  string
	newID   roaming.MessageID // of its import, though that may be gone again
	pending bool              // it was sent, and nobody knows whether it was stored
	twice   bool              // somebody else has it
}

// thread is a conversation of the backup: its messages, the oldest first.
type thread struct {
	ref   roaming.Ref
	items []item
	byID  map[roaming.MessageID]int // by the IDs that they had, and those of their imports
}

// threads reads the backup's conversations, or the one that is asked for, in
// the order of their names. keep puts each message where it can be read again.
func (r *Restorer) threads(ctx context.Context, b *backup.Backup, only string, keep func(roaming.Message) (place, error)) ([]*thread, error) {
	all := map[roaming.Ref]*thread{}
	for m, err := range b.Messages() {
		if err := cmp.Or(err, context.Cause(ctx)); err != nil {
			return nil, err
		}
		if only != "" && m.Conversation != only {
			continue
		}
		ref := refOf(b.Manifest(), m)
		m.ChatType = ref.Type
		t := all[ref]
		if t == nil {
			t = &thread{ref: ref, byID: map[roaming.MessageID]int{}}
			all[ref] = t
		}
		if _, twice := t.byID[m.ID]; twice {
			continue
		}
		if m.ID != 0 { // those without one are as many as there are
			t.byID[m.ID] = len(t.items)
		}
		it, err := r.item(ref, m)
		if err == nil {
			it.place, err = keep(m)
		}
		if err != nil {
			return nil, err
		}
		t.items = append(t.items, it)
	}
	list := make([]*thread, 0, len(all))
	for _, t := range all {
		t.sort()
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b *thread) int {
		return cmp.Or(cmp.Compare(a.ref.Type, b.ref.Type), cmp.Compare(a.ref.Conversation, b.ref.Conversation))
	})
	return list, nil
}

// refOf is the conversation that a message was backed up from. What the backup
// was asked for counts: a message of an earlier version has the chat type that
// its sender claimed.
func refOf(backed backup.Manifest, m roaming.Message) roaming.Ref {
	ref := roaming.Ref{User: backed.User, Conversation: m.Conversation, Type: m.ChatType}
	if asked := backed.Scope; asked.Conversation == m.Conversation && asked.Type != "" {
		ref.Type = asked.Type
	}
	return ref
}

func (r *Restorer) item(ref roaming.Ref, m roaming.Message) (item, error) {
	mark, err := fingerprintOf(m)
	if err != nil {
		return item{}, err
	}
	it := item{id: m.ID, timestamp: m.Timestamp, mark: mark, fate: ToRestore}
	if it.doubtful, it.reason = r.importable(ref, m); it.reason != "" {
		it.fate = Unimportable
	}
	return it, nil
}

// importable is which parts of m the service may drop, or why it can't be imported.
func (r *Restorer) importable(ref roaming.Ref, m roaming.Message) (doubtful []string, reason string) {
	doubtful, err := r.Service.CheckImport(m)
	if m.ID == 0 {
		return nil, "it has no ID, so nobody can tell whether it is there"
	}
	if err != nil {
		return nil, err.Error()
	}
	if !belongs(ref, m) {
		return nil, "its sender or recipient has no part in the conversation"
	}
	return doubtful, ""
}

// belongs tells whether an import of m would come to stand in ref, and nowhere
// else.
func belongs(ref roaming.Ref, m roaming.Message) bool {
	if ref.Type != roaming.Chat {
		return true
	}
	return m.From == ref.User && m.To == ref.Conversation || m.From == ref.Conversation && m.To == ref.User
}

func (t *thread) sort() {
	slices.SortFunc(t.items, func(a, b item) int {
		return cmp.Or(a.timestamp.Compare(b.timestamp.Time), cmp.Compare(a.id, b.id))
	})
	for i, it := range t.items {
		if it.id != 0 {
			t.byID[it.id] = i
		}
	}
}

// remember notes what earlier restores have imported.
func (t *thread) remember(known past) {
	for i := range t.items {
		if before := known[t.items[i].id]; before.Step == restored {
			t.items[i].newID = before.New
			t.byID[before.New] = i
		}
	}
}

// wanted are the items that are still to be restored.
func (t *thread) wanted() int {
	n := 0
	for _, it := range t.items {
		if it.fate == ToRestore {
			n++
		}
	}
	return n
}
