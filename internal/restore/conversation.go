package restore

import (
	"cmp"
	"context"
	"slices"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Status says whether a message of the backup is restored, and why not.
type Status string

// The statuses. Messages that are Unimportable, OutOfOrder or Refused can't be restored.
const (
	ToRestore      Status = "to_restore"
	Restored       Status = "restored"        // by this run
	RestoredBefore Status = "restored_before" // by an earlier one
	UserHas        Status = "user_has"        // the user still has it
	PeerHas        Status = "peer_has"        // another user still has it and would get it twice
	Unimportable   Status = "unimportable"    // the service's import can't express it
	OutOfOrder     Status = "out_of_order"    // a message of the conversation with the same or a later time was imported
	Refused        Status = "refused"         // the service refused it
)

// item is a message of the backup.
type item struct {
	id        roaming.MessageID
	timestamp roaming.Time
	mark      fingerprint
	place     place
	doubtful  []string // parts that the service may drop

	status  Status
	reason  string
	newID   roaming.MessageID // of its import, which may be deleted again
	pending bool              // it was sent, and nobody knows whether it was stored
	peerHas bool              // another user has it
}

// conversation is a conversation of the backup: its messages, the oldest first.
type conversation struct {
	ref   roaming.Ref
	items []item
	byID  map[roaming.MessageID]int // by their original IDs and those of their imports
}

// conversations reads the backup's conversations, or the only one wanted, sorted by
// name. keep stores each message for reading it again.
func (r *Restorer) conversations(ctx context.Context, b *backup.Backup, only string, keep func(roaming.Message) (place, error)) ([]*conversation, error) {
	all := map[roaming.Ref]*conversation{}
	var list []*conversation
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
			t = &conversation{ref: ref, byID: map[roaming.MessageID]int{}}
			all[ref], list = t, append(list, t)
		}
		if _, ok := t.byID[m.ID]; ok {
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
	slices.SortFunc(list, func(a, b *conversation) int {
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
	it := item{id: m.ID, timestamp: m.Timestamp, mark: mark, status: ToRestore}
	if it.doubtful, it.reason = r.checkImport(ref, m); it.reason != "" {
		it.status = Unimportable
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

func (t *conversation) add(it item) {
	if it.id != 0 {
		t.byID[it.id] = len(t.items)
	}
	t.items = append(t.items, it)
}

func (t *conversation) sort() {
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
func (t *conversation) addImports(all known) {
	for i := range t.items {
		if before := all[t.items[i].id]; before.Step == restored {
			t.items[i].newID = before.New
			t.byID[before.New] = i
		}
	}
}

// toRestore counts the messages that are still to be restored.
func (t *conversation) toRestore() (n int) {
	for range t.remaining() {
		n++
	}
	return n
}

// remaining yields the messages that are still to be restored.
func (t *conversation) remaining() func(yield func(*item) bool) {
	return func(yield func(*item) bool) {
		for i := range t.items {
			if it := &t.items[i]; it.status == ToRestore && !yield(it) {
				return
			}
		}
	}
}
