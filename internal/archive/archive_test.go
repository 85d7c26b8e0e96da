package archive

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

func TestKeys(t *testing.T) {
	for id, form := range map[string]IDForm{
		"1": Numeric, "18446744073709551615": Numeric, "18446744073709551616": Opaque, "0": Opaque, "007": Opaque, "+1": Opaque,
		"5I02W-XX-8278a": Opaque, "sha256:00#0": Opaque, "\xff\x00": Opaque,
	} {
		k := IDKey(id)
		if k.Form() != form || k.ID() != id || k.String() != id {
			t.Errorf("%q: %c %q %q", id, k.Form(), k.ID(), k)
		}
	}
	k := rawKey([]byte("x"), 300)
	if k.Form() != NoID || k.ID() != "" || k.String() != "sha256:2d711642b726b04401627ca9fbac32f5#300" {
		t.Error(k)
	}
	if rawKey([]byte("x"), 0) == k || rawKey([]byte("y"), 300) == k {
		t.Error("not unique")
	}
}

func TestKeysAreUnique(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.OneOf(rapid.StringMatching(`[0-9]{1,21}`), rapid.StringN(1, 20, -1))
		a, b := id.Draw(t, "a"), id.Draw(t, "b")
		if a != b && IDKey(a) == IDKey(b) {
			t.Fatalf("%q and %q", a, b)
		}
		text, err := IDKey(a).MarshalText()
		var back Key
		if err != nil || back.UnmarshalText(text) != nil || back != IDKey(a) {
			t.Fatal(a, back, err)
		}
	})
}

func TestPositions(t *testing.T) {
	seen := map[int64]bool{}
	key := IDKey("1")
	for attempt := range 3 * attemptsEach {
		position, spill := PositionOf(5, key, attempt)
		if spill != int64(attempt/attemptsEach) || position>>slotBits != 5+spill {
			t.Fatalf("attempt %d: %d, %d", attempt, position, spill)
		}
		seen[position] = true
	}
	if len(seen) < 3*attemptsEach-2 {
		t.Errorf("%d positions in %d attempts", len(seen), 3*attemptsEach)
	}
	for _, ms := range []int64{-1, 0, 5, maxMilli, maxMilli + 5, 1 << 62} {
		position, _ := PositionOf(ms, key, 0)
		first, last := Span{From: ms, To: ms}.Positions(0)
		if position < first || position > last || first < 0 {
			t.Error(ms, position, first, last)
		}
	}
}

func TestConversations(t *testing.T) {
	chat := ChatOf("Bob", "alice")
	for _, ref := range []roaming.Ref{{User: "alice", Conversation: "bob", Type: roaming.Chat}, {User: "bob", Conversation: "alice"}} {
		if got := ConversationOf(ref); got != chat {
			t.Error(got)
		}
	}
	if chat.For("alice") != "bob" || chat.For("BOB") != "alice" || chat.String() != "the chat of alice and bob" {
		t.Error(chat)
	}
	group := ConversationOf(roaming.Ref{User: "alice", Conversation: "g1", Type: roaming.Group})
	if group.For("alice") != "g1" || group.String() != "group g1" || len(group.IDs()) != 1 {
		t.Error(group)
	}
	if self := ChatOf("a", "a"); self.For("a") != "a" {
		t.Error(self)
	}
}

func TestFromView(t *testing.T) {
	m := roaming.Message{
		Timestamp: roaming.Millis(5), ChatType: roaming.Chat, Conversation: "bob", From: "alice", To: "bob", Kind: roaming.Text, Text: "一",
		Body: map[string]any{"msg": "一"},
	}
	view := func(user, peer string, m roaming.Message, o Occurrences) Message {
		m.Conversation = peer
		got, err := FromView(roaming.Ref{User: user, Conversation: peer, Type: roaming.Chat}, m, Roaming, o)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	// Both sides see one message, with an ID and without.
	for _, id := range []roaming.MessageID{0, 7} {
		m.ID = id
		a, b := view("alice", "bob", m, Occurrences{}), view("bob", "alice", m, Occurrences{})
		if diff := cmp.Diff(a, b); diff != "" || a.Key.ID() != id.String() || a.Conversation != ChatOf("bob", "alice") || len(a.Raw) == 0 {
			t.Errorf("%v %s", a, diff)
		}
	}
	m.ID, m.Raw = 0, []byte("raw")
	o := Occurrences{}
	if first, second := view("alice", "bob", m, o), view("alice", "bob", m, o); first.Key != rawKey(m.Raw, 0) || second.Key != rawKey(m.Raw, 1) {
		t.Error(first.Key, second.Key)
	}
}

func TestTexts(t *testing.T) {
	m := Message{Kind: roaming.Custom, Body: map[string]any{
		"msg": "图注", "filename": "a.png", "addr": "北京", "customEvent": "order", "title": "t", "summary": "s", "secret": "no",
		"v2:customExts": map[string]any{"b": "二", "a": "一", "c": 3},
	}}
	texts, files := m.Texts()
	if diff := cmp.Diff([]string{"图注", "a.png", "北京", "order", "t", "s", "一", "二"}, texts); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"a.png"}, files); diff != "" {
		t.Error(diff)
	}
}

func TestCountBy(t *testing.T) {
	messages := func(yield func(Stored, error) bool) {
		for i, from := range []string{"a", "b", "b"} {
			m := Message{From: from, Kind: roaming.Text, Conversation: GroupOf(roaming.Group, "g"), Time: roaming.Millis(int64(i+1) * 57_600_000)}
			if !yield(Stored{Message: m}, nil) {
				return
			}
		}
	}
	for by, want := range map[string][]Count{
		"user": {{"b", 2}, {"a", 1}}, "conversation": {{"g", 3}}, "kind": {{"txt", 3}},
		"day": {{"1970-01-02", 2}, {"1970-01-03", 1}},
	} {
		got, err := CountBy(messages, by, time.FixedZone("", 8*3600))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", by, diff)
		}
	}
	if _, err := CountBy(messages, "x", time.UTC); fault.KindOf(err) != fault.Usage {
		t.Error(err)
	}
}
