package generate

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/wire"
)

var end = time.Date(2026, 11, 20, 12, 34, 56, 789e6, time.UTC)

func small() Options {
	return Options{Users: 200, Groups: -1, Messages: 20_000, Seed: 7, Days: 30, End: end}
}

func world(t *testing.T, o Options) *World {
	t.Helper()
	w, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// digest is of everything in a world.
func digest(w *World) string {
	h := sha256.New()
	fmt.Fprintln(h, w.Users(), slices.Collect(w.Groups()))
	for m := range w.Messages() {
		fmt.Fprintln(h, m.ID, m.Type, m.From, m.To, m.Timestamp, m.Kind, string(m.Body))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// TestSame holds a world to what it has always been, on every machine.
func TestSame(t *testing.T) {
	const golden = "a099535aae5816a4e2cc1dc5022cd844c6e82cc1f3478ee0651555c85feb60d7"
	w := world(t, small())
	first := digest(w)
	if first != golden {
		t.Errorf("the world has changed: %s", first)
	}
	if again := digest(w); again != first {
		t.Error("a world read twice differs")
	}
	for name, change := range map[string]func(*Options){
		"seed": func(o *Options) { o.Seed++ }, "end": func(o *Options) { o.End = o.End.Add(time.Millisecond) },
	} {
		o := small()
		change(&o)
		if digest(world(t, o)) == first {
			t.Errorf("another %s gives the same world", name)
		}
	}
}

func TestMessages(t *testing.T) {
	o := small()
	w := world(t, o)
	members := map[string][]string{}
	for g := range w.Groups() {
		members[g.ID] = g.Members
		if all := slices.Compact(slices.Sorted(slices.Values(g.Members))); len(all) != len(g.Members) || len(all) < 3 {
			t.Errorf("%s has the members %v", g.ID, g.Members)
		}
	}
	if len(members) != 10 {
		t.Errorf("%d groups", len(members))
	}
	users := map[string]bool{}
	for _, u := range w.Users() {
		users[u] = true
	}
	n, last := int64(0), store.Message{Timestamp: end.AddDate(0, 0, -o.Days).UnixMilli()}
	for m := range w.Messages() {
		n++
		if m.ID <= last.ID || m.Timestamp < last.Timestamp || m.Timestamp >= end.UnixMilli() || m.ID>>20 < uint64(m.Timestamp) {
			t.Fatalf("%d at %d after %d at %d", m.ID, m.Timestamp, last.ID, last.Timestamp)
		}
		last = m
		switch {
		case m.Type == store.Group && !slices.Contains(members[m.To], m.From):
			t.Fatalf("%s is not in %s", m.From, m.To)
		case m.Type == store.Chat && (!users[m.From] || !users[m.To] || m.From == m.To):
			t.Fatalf("%s to %s", m.From, m.To)
		}
		if len(m.Body) > 5<<10 {
			t.Fatalf("%d bytes", len(m.Body))
		}
		var b wire.Body
		if err := b.Parse(m.Body); err != nil || len(b.Contents) != 1 {
			t.Fatalf("%s: %v", m.Body, err)
		}
		var text struct {
			Bodies []struct{ Type, SubType string }
		}
		if err := json.Unmarshal(m.Body, &text); err != nil || text.Bodies[0].Type != m.Kind || (m.Kind == "combine") != (text.Bodies[0].SubType == wire.CombineSubType) {
			t.Fatalf("%s is of kind %s: %v", m.Body, m.Kind, err)
		}
	}
	if n != o.Messages {
		t.Errorf("%d messages", n)
	}
}

// TestRealisticDistribution: few say most, most is text, and it is said by day.
func TestRealisticDistribution(t *testing.T) {
	o := small()
	o.Users, o.Messages = 1000, 100_000
	senders, kinds, conversations := map[string]int{}, map[string]int{}, map[string]int{}
	hours, groups := [24]int{}, 0
	for m := range world(t, o).Messages() {
		senders[m.From]++
		kinds[m.Kind]++
		conversations[fmt.Sprint(m.Type, min(m.From, m.To), max(m.From, m.To))]++
		hours[time.UnixMilli(m.Timestamp).UTC().Add(8*time.Hour).Hour()]++
		if m.Type == store.Group {
			groups++
		}
	}
	byCount := slices.Sorted(maps.Values(senders))
	top, all := 0, 0
	for i, n := range byCount {
		all += n
		if i >= len(byCount)-o.Users/10 {
			top += n
		}
	}
	if share := float64(top) / float64(all); share < 0.3 || share > 0.9 || len(senders) < o.Users/2 {
		t.Errorf("a tenth of the users sent %.2f of all; %d of %d sent any", share, len(senders), o.Users)
	}
	if share := float64(kinds["txt"]) / float64(all); share < 0.8 || share > 0.95 || !slices.Equal(slices.Sorted(maps.Keys(kinds)), slices.Sorted(slices.Values(store.Kinds()))) {
		t.Errorf("kinds: %v", kinds)
	}
	if share := float64(groups) / float64(all); share < 0.3 || share > 0.7 {
		t.Errorf("%.2f of the messages are in groups", share)
	}
	if hours[20] < 10*hours[4] || hours[4] == 0 {
		t.Errorf("messages by hour: %v", hours)
	}
	if len(conversations) < o.Users || len(conversations) > 20*o.Users {
		t.Errorf("%d conversations", len(conversations))
	}
}

func TestCheck(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"users": func(o *Options) { o.Users = 1 }, "too many users": func(o *Options) { o.Users = maxUsers + 1 },
		"groups": func(o *Options) { o.Groups = o.Users + 1 }, "messages": func(o *Options) { o.Messages = -1 },
		"too many messages": func(o *Options) { o.Messages = maxMessages + 1 },
		"days":              func(o *Options) { o.Days = 0 }, "too many days": func(o *Options) { o.Days = maxDays + 1 },
		"end": func(o *Options) { o.End = time.Time{} },
	} {
		o := small()
		change(&o)
		if _, err := New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestTiny: the least that is allowed.
func TestTiny(t *testing.T) {
	for users := 2; users < 40; users++ {
		for _, groups := range []int{0, users} {
			w := world(t, Options{Users: users, Groups: groups, Messages: 100, Days: 1, End: end})
			n := 0
			for m := range w.Messages() {
				n++
				if groups == 0 && m.Type == store.Group {
					t.Fatal("there are no groups")
				}
			}
			if n != 100 {
				t.Errorf("%d users, %d groups: %d messages", users, groups, n)
			}
		}
	}
}

// TestWords: the words go into JSON as they are.
func TestWords(t *testing.T) {
	twelve := 0
	for _, l := range newLanguages() {
		twelve += l.twelve
		for _, word := range append(append(slices.Clone(l.words), l.ends...), l.space) {
			var got string
			if err := json.Unmarshal([]byte(`"`+word+`"`), &got); err != nil {
				t.Errorf("%q: %v", word, err)
			}
			if diff := cmp.Diff(word, got); diff != "" {
				t.Error(diff)
			}
		}
	}
	if twelve != 12 {
		t.Errorf("%d of 12 users have a language", twelve)
	}
}

// BenchmarkMessages makes up messages, one an op.
func BenchmarkMessages(b *testing.B) {
	o := small()
	o.Messages = int64(b.N)
	w, err := New(o)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for m := range w.Messages() {
		b.SetBytes(int64(len(m.Body)))
	}
}
