package export

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/roaming"
)

func TestOnlyOneConversation(t *testing.T) {
	w := newWorld()
	w.say(chat("alice", "bob"), 5)
	room := roaming.Ref{User: "alice", Conversation: "7", Type: roaming.Room}
	w.say(room, 5)
	o := Options{Template: mustTemplate(t, DefaultTemplate, NDJSON), Format: NDJSON, Only: &ConversationFilter{"7", roaming.Room}}
	dir := t.TempDir()
	if _, err := newRun(t, w, dir, "one", o).try(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	if got := records(t, dir); len(got) != 1 || len(got[room]) != 5 {
		t.Errorf("%v", got)
	}
}

// An export of one conversation continues after what the folder has of it, and
// leaves the others alone.
func TestOnlyOneConversationAfterAll(t *testing.T) {
	w, dir := newWorld(), t.TempDir()
	one, other := chat("alice", "bob"), chat("alice", "carol")
	w.say(one, 5)
	w.say(other, 5)
	o := Options{Template: mustTemplate(t, DefaultTemplate, NDJSON), Format: NDJSON}
	if _, err := newRun(t, w, dir, "one", o).try(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	want := w.want(time.Time{}, "alice")
	w.say(one, 2)
	w.say(other, 2)
	want[one] = w.want(time.Time{}, "alice")[one]
	o.Only = &ConversationFilter{"bob", roaming.Chat}
	if _, err := newRun(t, w, dir, "two", o).try(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, records(t, dir)); diff != "" {
		t.Error(diff)
	}
	ok(t, dir)
}
