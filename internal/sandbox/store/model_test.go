package store

import (
	"cmp"
	"context"
	"os"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// model is the contract's rules on plain slices, to hold the store against.
type model struct {
	messages map[string][]Message // by conversation, in order of arrival
	hidden   map[string]map[uint64]bool
	entries  map[string]map[string]entry // by user, then conversation
	lastTS   map[string]int64            // last imported
}

type entry struct {
	emptied bool
	unread  int64
	active  Position
}

var people = []string{"a", "b", "c"}

// rooms of the model: conversations between people, and one group of all.
func (m *model) conversation(from, to string) string {
	if to == "g" {
		return "g"
	}
	return min(from, to) + "/" + max(from, to)
}

func (m *model) participants(conversation string) []string {
	if conversation == "g" {
		return people
	}
	return []string{conversation[:1], conversation[2:]}
}

func (m *model) arrive(msg Message) {
	c := m.conversation(msg.From, msg.To)
	m.messages[c] = append(m.messages[c], msg)
	if msg.Imported {
		m.lastTS[c] = msg.Timestamp
		return
	}
	p := Position{msg.Timestamp, dbID(msg.ID)}
	for _, other := range m.messages[c] {
		if q := (Position{other.Timestamp, dbID(other.ID)}); !other.Imported && p.after(q) {
			p = q
		}
	}
	for _, user := range m.participants(c) {
		e := m.entries[user][c]
		e.emptied, e.active = false, p
		if user != msg.From {
			e.unread++
		}
		m.entries[user][c] = e
	}
}

// visible is a user's history, oldest first.
func (m *model) visible(user, c string) []uint64 {
	var list []Message
	for _, msg := range m.messages[c] {
		if !m.hidden[user][msg.ID] {
			list = append(list, msg)
		}
	}
	slices.SortFunc(list, func(a, b Message) int {
		return cmp.Or(cmp.Compare(a.Timestamp, b.Timestamp), cmp.Compare(a.ID, b.ID))
	})
	var ids []uint64
	for _, msg := range list {
		ids = append(ids, msg.ID)
	}
	return ids
}

func (m *model) hide(user, c string, gone func(Message) bool) {
	for _, msg := range m.messages[c] {
		if gone(msg) {
			m.hidden[user][msg.ID] = true
		}
	}
	if e, ok := m.entries[user][c]; ok && len(m.visible(user, c)) == 0 {
		e.emptied, e.unread = true, 0
		m.entries[user][c] = e
	}
}

func (m *model) list(user string, empty bool) []string {
	var names []string
	for c, e := range m.entries[user] {
		if empty || !e.emptied {
			names = append(names, c)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		p, q := m.entries[user][a].active, m.entries[user][b].active
		return comparePosition(q.TS, q.ID, p.TS, p.ID)
	})
	return names
}

func peerOf(user, c string) string {
	switch {
	case c == "g":
		return "g"
	case c[:1] == user:
		return c[2:]
	}
	return c[:1]
}

func ref(user, c string) Ref { return Ref{User: user, Peer: peerOf(user, c), Conference: c == "g"} }

// TestModel does random things and compares everybody's view with the model.
func TestModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		dir, err := os.MkdirTemp("", "model")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		r := run{T: t, ctx: ctx, clock: newClock(), used: map[uint64]bool{}}
		r.store = openStore(t, ctx, dir, r.clock)
		defer func() { _ = r.store.Close() }()
		r.model = model{
			messages: map[string][]Message{}, hidden: map[string]map[uint64]bool{},
			entries: map[string]map[string]entry{}, lastTS: map[string]int64{},
		}
		for _, p := range people {
			r.model.hidden[p], r.model.entries[p] = map[uint64]bool{}, map[string]entry{}
		}
		r.join()
		t.Repeat(map[string]func(*rapid.T){
			"send": r.send, "late": r.late, "import": r.imported,
			"delete IDs": r.deleteIDs, "delete until": r.deleteUntil,
			"delete conversation": r.deleteConversation, "delete everything": r.deleteEverything,
			"": func(t *rapid.T) { r.check(t, rapid.SampledFrom(people).Draw(t, "whose view")) },
		})
		for _, user := range people {
			r.check(t, user)
		}
	})
}

type run struct {
	*rapid.T
	ctx   context.Context
	clock *clock
	store *Store
	model model
	used  map[uint64]bool
}

func (r *run) join() {
	err := r.store.Write(r.ctx, func(w *Writer) error {
		return w.Join(r.ctx, Group, "g", "", people...)
	})
	if err != nil {
		r.Fatal(err)
	}
}

func (r *run) draw(t *rapid.T, ts int64) Message {
	from := rapid.SampledFrom(people).Draw(t, "from")
	to := rapid.SampledFrom([]string{"a", "b", "c", "g"}).Filter(func(s string) bool { return s != from }).Draw(t, "to")
	kind := Chat
	if to == "g" {
		kind = Group
	}
	return text(kind, from, to, ts)
}

func (r *run) store1(m Message) {
	m.ID = appendAll(r, r.ctx, r.store, m)[0]
	r.model.arrive(m)
}

func (r *run) send(t *rapid.T) { r.store1(r.draw(t, r.clock.tick())) }

// late is a history file's record: an older time, an ID of its own.
func (r *run) late(t *rapid.T) {
	ts := r.clock.tick() - rapid.Int64Range(0, 20).Draw(t, "older by")
	m := r.draw(t, ts)
	m.ID = rapid.Uint64Range(1<<63, 1<<64-1).Filter(func(id uint64) bool { return !r.used[id] }).Draw(t, "id")
	r.used[m.ID] = true
	r.store1(m)
}

func (r *run) imported(t *rapid.T) {
	m := r.draw(t, r.clock.tick()-rapid.Int64Range(0, 20).Draw(t, "older by"))
	m.Imported = true
	if m.Timestamp <= r.model.lastTS[r.model.conversation(m.From, m.To)] {
		t.Skip("not newer than the last import")
	}
	r.store1(m)
}

func (r *run) pick(t *rapid.T) (user, c string) {
	user = rapid.SampledFrom(people).Draw(t, "user")
	c = rapid.SampledFrom([]string{"a/b", "a/c", "b/c", "g"}).Draw(t, "conversation")
	if !slices.Contains(r.model.participants(c), user) || len(r.model.messages[c]) == 0 {
		t.Skip("not in it")
	}
	return user, c
}

func (r *run) must(err error) {
	if err != nil {
		r.Fatal(err)
	}
}

func (r *run) deleteIDs(t *rapid.T) {
	user, c := r.pick(t)
	var ids []uint64
	for range rapid.IntRange(1, 3).Draw(t, "n") {
		ids = append(ids, rapid.SampledFrom(r.model.messages[c]).Draw(t, "message").ID)
	}
	r.must(r.store.DeleteMessages(r.ctx, ref(user, c), ids))
	r.model.hide(user, c, func(m Message) bool { return slices.Contains(ids, m.ID) })
}

func (r *run) deleteUntil(t *rapid.T) {
	user, c := r.pick(t)
	until := rapid.SampledFrom(r.model.messages[c]).Draw(t, "message").Timestamp + rapid.Int64Range(-1, 1).Draw(t, "off")
	r.must(r.store.DeleteUntil(r.ctx, ref(user, c), until))
	r.model.hide(user, c, func(m Message) bool { return m.Timestamp <= until })
}

func (r *run) deleteConversation(t *rapid.T) {
	user, c := r.pick(t)
	messages := rapid.Bool().Draw(t, "messages too")
	r.must(r.store.DeleteConversation(r.ctx, ref(user, c), messages))
	delete(r.model.entries[user], c)
	if messages {
		r.model.hide(user, c, func(Message) bool { return true })
	}
}

func (r *run) deleteEverything(t *rapid.T) {
	user, _ := r.pick(t)
	r.must(r.store.DeleteEverything(r.ctx, user))
	for c := range r.model.messages {
		if slices.Contains(r.model.participants(c), user) {
			r.model.hide(user, c, func(Message) bool { return true })
		}
	}
	clear(r.model.entries[user])
}

func (r *run) check(t *rapid.T, user string) {
	for _, c := range []string{"a/b", "a/c", "b/c", "g"} {
		if !slices.Contains(r.model.participants(c), user) {
			continue
		}
		want := r.model.visible(user, c)
		q := HistoryQuery{
			Ref: ref(user, c), Down: rapid.Bool().Draw(t, "down"), Limit: rapid.IntRange(1, 7).Draw(t, "page"),
		}
		if !q.Down {
			slices.Reverse(want)
		}
		if diff := gocmp.Diff(want, readAll(r, r.ctx, r.store, q)); diff != "" {
			t.Fatalf("%s's %s, down: %v: %s", user, c, q.Down, diff)
		}
	}
	r.checkList(t, user, rapid.Bool().Draw(t, "empty ones too"))
}

func (r *run) checkList(t *rapid.T, user string, empty bool) {
	q := ListQuery{User: user, Cap: 100, Limit: rapid.IntRange(1, 3).Draw(t, "entries"), IncludeEmpty: empty, Mark: -1}
	var got []string
	for {
		page, next, err := r.store.List(r.ctx, q)
		r.must(err)
		for _, e := range page {
			c := r.model.conversation(user, e.Peer)
			got = append(got, c)
			if want := r.model.entries[user][c].unread; e.Unread != want {
				t.Fatalf("%s's %s: %d unread, want %d", user, c, e.Unread, want)
			}
			ids := r.model.visible(user, c)
			if (e.Last == nil) != (len(ids) == 0) || (e.Last != nil && e.Last.ID != ids[len(ids)-1]) {
				t.Fatalf("%s's %s: last message %v, want the last of %v", user, c, e.Last, ids)
			}
		}
		if next == nil {
			break
		}
		if len(page) == 0 {
			t.Fatal("an empty page that is not the last")
		}
		q.Cursor = next
	}
	if diff := gocmp.Diff(r.model.list(user, empty), got); diff != "" {
		t.Fatalf("%s's list (empty ones: %v): %s", user, empty, diff)
	}
}
