package browse

import (
	"fmt"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/roaming"
)

// TestLists moves in the lists, which are read as far as they are needed.
func TestLists(t *testing.T) {
	s := numbered(10)
	s.conversations = nil
	for i := range 10_000 {
		s.conversations = append(s.conversations, roaming.Conversation{ID: fmt.Sprint("user", i), Type: roaming.Chat})
	}
	x := open(t, s, 80, 24)
	if n := len(x.conversations.rows); n != batch {
		t.Errorf("%d rows are read for the first screen", n)
	}
	x.press("/", "user49", "enter", "j", "pgdown", "k")
	if id := x.conversations.rows[x.conversations.cursor].ref.Conversation; id != "user59" {
		t.Errorf("at %s", id)
	}
	x.press("G", "enter")
	if id := x.chat.ref.Conversation; id != "user9999" || !strings.Contains(x.shown(), "chat user9999") {
		t.Errorf("at %s:\n%s", id, x.shown())
	}
}

// TestFindReadsOn: a row that was not read yet is found, and Esc cancels.
func TestFindReadsOn(t *testing.T) {
	s := numbered(10)
	s.conversations = nil
	for i := range 1000 {
		s.conversations = append(s.conversations, roaming.Conversation{ID: fmt.Sprint("user", i), Type: roaming.Chat})
	}
	x := open(t, s, 80, 24)
	at := func() string { return x.conversations.rows[x.conversations.cursor].ref.Conversation }
	x.press("/", "USER777", "enter")
	if n := len(x.conversations.rows); at() != "user777" || n != 800 || !strings.Contains(x.shown(), "user777") {
		t.Errorf("at %s, with %d rows:\n%s", at(), n, x.shown())
	}
	x.hold = true
	x.press("/", "user999", "enter")
	x.send(tickMsg{})
	if !strings.Contains(x.shown(), "(Esc cancels)") {
		t.Errorf("not said that Esc cancels:\n%s", x.shown())
	}
	x.press("esc")
	x.hold = false
	for _, cmd := range x.held {
		x.run(cmd)
	}
	if n := len(x.conversations.rows); at() != "user777" || n != 850 {
		t.Errorf("cancelled, at %s, with %d rows", at(), n)
	}
	x.press("/", "nobody", "enter")
	if at() != "user777" || !strings.Contains(x.shown(), "not found below; N looks above") {
		t.Errorf("at %s:\n%s", at(), x.shown())
	}
	x.press("/", "user12", "enter", "N")
	if at() != "user129" {
		t.Errorf("above, at %s:\n%s", at(), x.shown())
	}
}

// TestFindTakesWhatIsShown: also the type of a conversation.
func TestFindTakesWhatIsShown(t *testing.T) {
	x := open(t, numbered(1), 80, 24)
	x.press("/", "group g", "enter", "enter")
	if x.chat.ref.Conversation != "g1" {
		t.Errorf("not found:\n%s", x.shown())
	}
}
