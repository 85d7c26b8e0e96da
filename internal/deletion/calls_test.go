package deletion

import (
	"context"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

// busy is a service where a message arrives just before something is deleted.
type busy struct {
	roaming.Service

	arrive func()
}

func (b busy) DeleteMessages(ctx context.Context, ref roaming.Ref, ids []roaming.MessageID, notify bool) error {
	b.arrive()
	return b.Service.DeleteMessages(ctx, ref, ids, notify)
}

// Whatever was not read survives: a message that arrives while the calls are on
// their way, whatever its time. An import gives it an old one.
func TestMessagesDuringTheCallsAreKept(t *testing.T) {
	for name, target := range map[string]Target{
		"a boundary still to come": {Ref: chat, Through: roaming.Time{Time: begin.AddDate(1, 0, 0)}},
		"a boundary gone by":       {Ref: chat, Through: roaming.Time{Time: begin.Add(4 * time.Minute)}},
		"everything":               {Ref: chat, All: true, Drop: true},
	} {
		for when, minute := range map[string]int{"now": 60, "the last one's millisecond": 4, "old": -1} {
			t.Run(name+", "+when, func(t *testing.T) {
				w := newWorld(t, 5)
				e := w.engine()
				var newcomers []roaming.MessageID
				e.Service = busy{w.svc, func() { newcomers = append(newcomers, w.send("bob", "alice", "chat", minute)) }}
				r, err := e.Run(t.Context(), w.settings(target), &journal{}, Replay{})
				w.must(err)
				w.want("in the backup", 5, r.Backup.Messages)
				w.want("left", newcomers, w.left(chat))
			})
		}
	}
}

// repeating is a service whose list shows every conversation twice, as one that
// moves between two pages may.
type repeating struct{ roaming.Service }

func (m repeating) Conversations(ctx context.Context, user string, q roaming.ConversationQuery) iter.Seq2[roaming.Page[roaming.Conversation], error] {
	return func(yield func(roaming.Page[roaming.Conversation], error) bool) {
		for page, err := range m.Service.Conversations(ctx, user, q) {
			page.Items = append(page.Items, page.Items...)
			if !yield(page, err) {
				return
			}
		}
	}
}

func TestConversationListedTwiceIsDeletedOnce(t *testing.T) {
	w := newWorld(t, 5)
	e := w.engine()
	e.Service = repeating{w.svc}
	s := w.settings()
	s.Job.All = true
	r, err := e.Run(t.Context(), s, &journal{}, Replay{})
	w.must(err)
	w.want("in the backup", 7, r.Backup.Messages)
	w.want("deleted", 7, r.Verification.Deleted)
}

// hiding is a service whose list, when it is first read, has two pages and
// lacks a conversation that has just moved from the second to the first, which
// was read.
type hiding struct {
	roaming.Service

	reads *int
}

func (h hiding) Conversations(ctx context.Context, user string, q roaming.ConversationQuery) iter.Seq2[roaming.Page[roaming.Conversation], error] {
	*h.reads++
	first := *h.reads == 1
	return func(yield func(roaming.Page[roaming.Conversation], error) bool) {
		for page, err := range h.Service.Conversations(ctx, user, q) {
			if first {
				page.Items = slices.DeleteFunc(page.Items, func(c roaming.Conversation) bool { return c.ID == "bob" })
				if !yield(roaming.Page[roaming.Conversation]{Items: page.Items[:1]}, err) {
					return
				}
				page.Items = page.Items[1:]
			}
			if !yield(page, err) {
				return
			}
		}
	}
}

func TestConversationThatMovesInTheListIsDeleted(t *testing.T) {
	for name, job := range map[string]Job{
		"everything":     {User: "alice", All: true, BatchSize: 50},
		"a conversation": {User: "alice", Targets: []Target{{Ref: chat, All: true, Drop: true}}, BatchSize: 50},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 5)
			e := w.engine()
			reads := 0
			e.Service = hiding{w.svc, &reads}
			s := w.settings()
			s.Job = job
			_, err := e.Run(t.Context(), s, &journal{}, Replay{})
			w.must(err)
			w.want("left", []roaming.MessageID{}, w.left(chat))
			w.want("on the list", false, slices.Contains(w.conversations(), "bob"))
		})
	}
}

func TestChatWithOneselfHasNoPeer(t *testing.T) {
	w := newWorld(t, 1)
	self := roaming.Ref{User: "alice", Conversation: "alice", Type: roaming.Chat}
	id := w.send("alice", "alice", "chat", 3)
	s := w.settings(Target{Ref: self, IDs: []roaming.MessageID{id}})
	s.Verify = VerifyPeer
	r, err := w.engine().Run(t.Context(), s, &journal{}, Replay{})
	w.want("kind", fault.Safety, fault.KindOf(err))
	w.want("state", run.Refused, r.State)
	w.want("left", []roaming.MessageID{id}, w.left(self))
}

func TestUnlistedConversationIsNothingToDo(t *testing.T) {
	w := newWorld(t, 2)
	mistyped := roaming.Ref{User: "alice", Conversation: "bobby", Type: roaming.Chat}
	r, err := w.engine().Run(t.Context(), w.settings(Target{Ref: mistyped, All: true, Drop: true}), &journal{}, Replay{})
	w.must(err)
	w.want("batches", []Batch{}, r.Batches)
	w.want("no backup", true, r.Backup == nil)
	w.want("the list", 3, len(w.conversations()))
}

// A group that is named as a chat is not there as one: with a backup, without, and
// in a dry run.
func TestAWrongTypeIsNotFound(t *testing.T) {
	w := newWorld(t, 2)
	wrong := roaming.Ref{User: "alice", Conversation: "42", Type: roaming.Chat}
	for _, target := range []Target{
		{Ref: wrong, All: true, Drop: true},
		{Ref: wrong, Drop: true},
		{Ref: wrong, Through: roaming.Time{Time: begin.Add(time.Hour)}},
		{Ref: wrong, IDs: []roaming.MessageID{7}},
	} {
		for _, direct := range []bool{false, true} {
			s := w.settings(Target{Ref: chat, IDs: w.ids[:1]}, target)
			s.NoBackup = direct
			_, err := w.engine().Run(t.Context(), s, &journal{}, Replay{})
			w.want("kind", fault.NotFound, fault.KindOf(err))
			_, _, err = Calls(t.Context(), w.svc, s, discard{})
			w.want("kind of a dry run", fault.NotFound, fault.KindOf(err))
		}
	}
	w.want("left", w.ids, w.left(chat))
	w.want("the list", 3, len(w.conversations()))
}
