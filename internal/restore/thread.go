package restore

import (
	"cmp"
	"context"
	"slices"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Fate says whether a message of the backup is restored, and why not.
type Fate string

// The fates. Messages that are Unimportable, OutOfOrder or Refused can't be restored.
const (
	ToRestore      Fate = "to_restore"
	Restored       Fate = "restored"        // by this run
	RestoredBefore Fate = "restored_before" // by an earlier one
	UserHas        Fate = "user_has"        // the user still has it
	PeerHas        Fate = "peer_has"        // somebody else still has it and would get it twice
	Unimportable   Fate = "unimportable"    // the service's import can't express it
	OutOfOrder     Fate = "out_of_order"    // a message of the conversation with the same or a later time was imported
	Refused        Fate = "refused"         // the service refused it
)

// item is a message of the backup.
type item struct {
	id        roaming.MessageID
	timestamp roaming.Time
	mark      fingerprint
	place     place
	doubtful  []string // parts that the service may drop

	fate    Fate
	reason  string
	newID   roaming.MessageID // of its import, which may be deleted again
	pending bool              // it was sent, and nobody knows whether it was stored
	twice   bool              // somebody else has it
}

// thread is a conversation of the backup: its messages, the oldest first.
type thread struct {
	ref   roaming.Ref
	items []item
	byID  map[roaming.MessageID]int // by their original IDs and those of their imports
}

// threads reads the backup's conversations, or the only one wanted, sorted by
// name. keep stores each message for reading it again.
func (r *Restorer) threads(ctx context.Context, b *backup.Backup, only string, keep func(roaming.Message) (place, error)) ([]*thread, error) {
	all := map[roaming.Ref]*thread{}
	var list []*thread
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
			all[ref], list = t, append(list, t)
		}
		if _, twice := t.byID[m.ID]; twice {
			continue
		}
		it, err := r.item(ref, m)
		if err == nil {
			it.place, err = keep(m)
		}
		if err != nil {
			return nil, err
		}
		t.add(it)
	}
	for _, t := range list {
		t.sort()
	}
	slices.SortFunc(list, func(a, b *thread) int {
		return cmp.Or(cmp.Compare(a.ref.Type, b.ref.Type), cmp.Compare(a.ref.Conversation, b.ref.Conversation))
	})
	return list, nil
}

// refOf returns the conversation that a message was backed up from. The
// backup's scope decides: a message of an earlier version has the chat type
// that its sender claimed.
func refOf(m backup.Manifest, message roaming.Message) roaming.Ref {
	ref := roaming.Ref{User: m.User, Conversation: message.Conversation, Type: message.ChatType}
	if m.Scope.Conversation == message.Conversation && m.Scope.Type != "" {
		ref.Type = m.Scope.Type
	}
	return ref
}

func (r *Restorer) item(ref roaming.Ref, m roaming.Message) (item, error) {
	mark, err := fingerprintOf(m)
	if err != nil {
		return item{}, err
	}
	it := item{id: m.ID, timestamp: m.Timestamp, mark: mark, fate: ToRestore}
	if it.doubtful, it.reason = r.checkImport(ref, m); it.reason != "" {
		it.fate = Unimportable
	}
	return it, nil
}

// checkImport returns which parts of m the service may drop, or why m can't be imported.
func (r *Restorer) checkImport(ref roaming.Ref, m roaming.Message) (doubtful []string, reason string) {
	doubtful, err := r.Service.CheckImport(m)
	switch {
	case m.ID == 0:
		return nil, "it has no ID, so an import of it could not be found again"
	case err != nil:
		return nil, err.Error()
	case !belongs(ref, m):
		return nil, "its sender or recipient is not in the conversation"
	}
	return doubtful, ""
}

// belongs reports whether an import of m would be in ref and nowhere else.
func belongs(ref roaming.Ref, m roaming.Message) bool {
	if ref.Type != roaming.Chat {
		return true
	}
	return m.From == ref.User && m.To == ref.Conversation || m.From == ref.Conversation && m.To == ref.User
}

func (t *thread) add(it item) {
	if it.id != 0 {
		t.byID[it.id] = len(t.items)
	}
	t.items = append(t.items, it)
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

// addImports adds the IDs of earlier imports.
func (t *thread) addImports(all known) {
	for i := range t.items {
		if before := all[t.items[i].id]; before.Step == restored {
			t.items[i].newID = before.New
			t.byID[before.New] = i
		}
	}
}

// toRestore counts the messages that are still to be restored.
func (t *thread) toRestore() (n int) {
	for range t.remaining() {
		n++
	}
	return n
}

// remaining yields the messages that are still to be restored.
func (t *thread) remaining() func(yield func(*item) bool) {
	return func(yield func(*item) bool) {
		for i := range t.items {
			if it := &t.items[i]; it.fate == ToRestore && !yield(it) {
				return
			}
		}
	}
}
