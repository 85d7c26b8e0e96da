package generate

import (
	"iter"
	"math/rand/v2"

	"github.com/roamctl/roamctl/internal/sandbox/store"
)

// How dialogues run.
const (
	contacts     = 32  // that a user has at most
	groupPercent = 30  // of dialogues are in groups
	chatLength   = 10  // messages of a dialogue, on average
	groupLength  = 25  // in a group
	usersTalking = 50  // for each dialogue that goes on
	mostTalking  = 500 // dialogues at a time
	longest      = 24  // words of a sentence
)

// dialogue is two users or a group who exchange some messages.
type dialogue struct {
	group  int // -1 for none
	a, b   int // users
	length int // on average
}

// Messages returns the world's messages in the order of their times and IDs.
func (w *World) Messages() iter.Seq[store.Message] {
	return func(yield func(store.Message) bool) {
		t := writer{
			World: w, Rand: rand.New(rand.NewPCG(w.options.Seed, seedMessages)),
			groupSkew: newSkew(max(1, len(w.groups))), contactSkew: newSkew(contacts), lengths: newSkew(longest),
		}
		open := make([]dialogue, min(mostTalking, 1+len(w.users)/usersTalking))
		for i := range open {
			open[i] = t.dialogue()
		}
		id := uint64(0)
		for ts := range times(t.Rand, w.start, w.options.Days*24, w.options.Messages) {
			// As in the sandbox's own IDs, 20 bits follow the milliseconds.
			id = max(id+1, uint64(ts)<<20|t.Uint64N(1<<20)) //nolint:gosec // after 1970
			d := &open[t.IntN(len(open))]
			m := t.message(d)
			m.ID, m.Timestamp = id, ts
			m.Kind, m.Body = t.body(w.language(t.speaker))
			if !yield(m) {
				return
			}
			if t.IntN(d.length) == 0 {
				*d = t.dialogue()
			}
		}
	}
}

// writer makes up messages.
type writer struct {
	*World
	*rand.Rand

	groupSkew, contactSkew, lengths skew

	speaker int // the sender of the message at hand
}

// dialogue begins a dialogue: active users and groups begin more of them.
func (t *writer) dialogue() dialogue {
	if len(t.groups) > 0 && t.IntN(100) < groupPercent {
		return dialogue{group: t.groupSkew.pick(t.Uint64()), length: groupLength}
	}
	a := t.ranked(t.skew.pick(t.Uint64()))
	return dialogue{group: -1, a: a, b: t.contact(a, t.contactSkew.pick(t.Uint64())), length: chatLength}
}

// message returns the next message of a dialogue, without its body.
func (t *writer) message(d *dialogue) store.Message {
	if d.group >= 0 {
		place := newSkew(t.groupSize(d.group)).pick(t.Uint64())
		t.speaker = t.member(d.group, place)
		return store.Message{Type: store.Group, From: t.users[t.speaker], To: t.groups[d.group]}
	}
	if t.IntN(2) == 0 {
		d.a, d.b = d.b, d.a
	}
	t.speaker = d.a
	return store.Message{Type: store.Chat, From: t.users[d.a], To: t.users[d.b]}
}
