package browse

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

// at is the text of the current message.
func (x *terminal) at() string {
	if e := x.chat.current(); e != nil {
		return e.Text
	}
	return ""
}

// TestKeys presses keys in a conversation of 1000 messages and says what is current
// then.
func TestKeys(t *testing.T) {
	for _, tt := range []struct {
		keys []string
		want string
	}{
		{nil, "message 999"},
		{[]string{"k", "up"}, "message 997"},
		{[]string{"k", "k", "j"}, "message 998"},
		{[]string{"g"}, "message 0"},
		{[]string{"g", "G"}, "message 999"},
		{[]string{"pgup", "pgdown"}, "message 999"},
		{[]string{"/", "sub:99", "enter"}, "message 999"},
		{[]string{"/", "sub:98", "enter", "n"}, "message 989"},
		{[]string{"/", "500", "enter"}, "message 500"},
		{[]string{"/", "sub:50", "enter", "n", "n"}, "message 750"},
		{[]string{"/", "sub:50", "enter", "n", "n", "N"}, "message 850"},
		{[]string{"/", "nothing", "enter"}, "message 999"},
		{[]string{":", "2026-11-21", "enter"}, "message 16"},
		{[]string{":", "2036-01-01", "enter"}, "message 999"},
		{[]string{"f", "alice", "enter", "k"}, "message 997"},
		{[]string{"f", "bob", "enter"}, "message 998"},
		{[]string{"f", "bob", "enter", "g", "f", "backspace", "backspace", "backspace", "enter"}, "message 999"},
		{[]string{"f", "img", "enter"}, ""},
		{[]string{"f", "img", "enter", "esc"}, "message 999"},
		{[]string{"f", "bob", "enter", "g", "j", "esc", "k"}, "message 1"},
		{[]string{"f", "sub:500", "enter", "esc", "j"}, "message 501"},
		{[]string{"f", "sub:500", "enter", "/", "sub:5", "enter", "esc", "k"}, "message 500"},
		{[]string{"k", "esc", "enter"}, "message 998"},
		{[]string{"k", "tab", "tab"}, "message 998"},
		{[]string{"k", "r"}, "message 999"},
	} {
		x := open(t, numbered(1000), 80, 24)
		x.press("enter")
		x.press(tt.keys...)
		if x.at() != tt.want {
			t.Errorf("%q: at %q, want %q; %s", tt.keys, x.at(), tt.want, x.status)
		}
		if !strings.Contains(x.shown(), tt.want) {
			t.Errorf("%q: the message is not on the screen:\n%s", tt.keys, x.shown())
		}
	}
}

// TestActions: what is chosen is handed over, oldest first.
func TestActions(t *testing.T) {
	s := numbered(100)
	plain := s.message
	s.message = func(i int) source.Message {
		m := plain(i)
		if i == 99 {
			m.Kind, m.Body = roaming.Image, map[string]any{"url": "https://a/b"}
		}
		return m
	}
	for _, tt := range []struct {
		keys       []string
		done, copy string
	}{
		{[]string{"o"}, "attachment 100", ""},
		{[]string{"k", "o"}, "", ""},
		{[]string{"e", "h"}, "export bob html 100", ""},
		{[]string{"e", "esc"}, "", ""},
		{[]string{"k", "k", "space", "space", "e", "n"}, "export bob ndjson 98,99", ""},
		{[]string{"v", "k", "k", "v", "k", "d"}, "plan bob 98,99,100", ""},
		{[]string{"v", "k", "esc", "esc", "d"}, "plan bob 99", ""},
		{[]string{"k", "k", "v", "G", "d"}, "plan bob 98,99,100", ""},
		{[]string{"y"}, "", "100"},
		{[]string{"k", "Y"}, "", "message 98"},
		{[]string{"k", "v", "k", "y"}, "", "99\n98"},
		{[]string{"k", "enter", "y"}, "", "99"},
	} {
		x := open(t, s, 80, 24)
		x.press("enter")
		x.press(tt.keys...)
		if done, copied := strings.Join(x.acts.done, ";"), strings.Join(x.clipboard, ";"); done != tt.done || copied != tt.copy {
			t.Errorf("%q: did %q and copied %q, want %q and %q", tt.keys, done, copied, tt.done, tt.copy)
		}
		if x.working != 0 {
			t.Errorf("%q: still working", tt.keys)
		}
	}
}

// TestFullSelection: a message for which there is no room is said, and ends a range.
func TestFullSelection(t *testing.T) {
	for room, keys := range [][]string{{"space"}, {"v", "k"}, {"v", "k", "k"}, {"v", "g"}} {
		x := open(t, numbered(10), 80, 24)
		x.press("enter")
		for i := range maxSelected - room {
			x.chat.selected = append(x.chat.selected, &entry{Message: source.Message{Position: source.Position(fmt.Sprint("other ", i))}})
		}
		x.press(keys...)
		if !strings.Contains(x.shown(), "the selection is full") || x.chat.ranging || len(x.chat.selected) != maxSelected {
			t.Errorf("%q: %d selected, ranging %v:\n%s", keys, len(x.chat.selected), x.chat.ranging, x.shown())
		}
	}
}

// TestErrorsAreShownSafely: an error is on the status line with its hint, and keys
// still work.
func TestErrorsAreShownSafely(t *testing.T) {
	x := open(t, numbered(10), 80, 24)
	x.press("enter", "d")
	if !strings.Contains(x.shown(), "error: no␛[31m plan") {
		t.Errorf("the error of a plan:\n%s", x.shown())
	}
	x.press("/", "kind:foo", "enter")
	if !strings.Contains(x.shown(), "unknown message kind") {
		t.Errorf("the error of a query:\n%s", x.shown())
	}
	if !strings.Contains(x.shown(), "unknown, at") {
		t.Errorf("the end of a long error:\n%s", x.shown())
	}
	checkSize(t, x, x.shown(), 80, 24)
	x.press("k")
	if strings.Contains(x.shown(), "error") || x.at() != "message 8" {
		t.Errorf("after a key:\n%s", x.shown())
	}
	failing := numbered(1000)
	failing.fail = func(_ roaming.Ref, q source.Query) error {
		if q.After != "" {
			return errors.New("refused")
		}
		return nil
	}
	x = open(t, failing, 80, 24)
	x.press("enter")
	for range 60 {
		x.press("k")
	}
	if n := len(failing.reads); n != 2 || x.at() != "message 950" {
		t.Errorf("%d reads, at %q: a failed read is repeated by itself", n, x.at())
	}
	failing.fail = nil
	x.press("r")
	for range 60 {
		x.press("k")
	}
	if x.at() != "message 939" {
		t.Errorf("after r: at %q", x.at())
	}
}

// TestReadsAreCancelled: keys are answered while a read lasts, Esc cancels it, and
// leaving waits for none.
func TestReadsAreCancelled(t *testing.T) {
	x := open(t, numbered(1000), 80, 24)
	x.press("enter")
	x.hold = true
	x.press("g")
	x.press("k", "k")
	if x.at() != "message 997" || !x.busy() {
		t.Errorf("at %q while a read lasts", x.at())
	}
	x.press("esc")
	x.hold = false
	for _, cmd := range x.held {
		x.run(cmd)
	}
	if x.busy() || !strings.Contains(x.status, "cancelled") || x.at() != "message 997" {
		t.Errorf("after Esc: at %q, %q, busy %v", x.at(), x.status, x.busy())
	}
	x.send(tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl})
	if !x.quit {
		t.Error("Ctrl-C does not quit")
	}
}

// TestUsersAreTyped: without a user and a list of users, one is typed.
func TestUsersAreTyped(t *testing.T) {
	x := open(t, numbered(10), 80, 24)
	x.o.User, x.user = "", ""
	x.run(x.Init())
	x.press("carol", "enter")
	if x.user != "carol" || len(x.conversations.rows) != 3 {
		t.Errorf("user %q:\n%s", x.user, x.shown())
	}
	x.press("tab", "enter", "dave", "enter")
	if x.user != "dave" {
		t.Errorf("user %q:\n%s", x.user, x.shown())
	}
	x = open(t, lister{numbered(10)}, 80, 24)
	if x.prompt != nil || x.focus != onConversations || x.busy() {
		t.Errorf("with a user given:\n%s", x.shown())
	}
	x.o.User, x.user = "", ""
	x.run(x.Init())
	if !strings.Contains(x.shown(), "Enter opens a user") {
		t.Error(x.shown())
	}
	x.press("j", "enter")
	if x.user != "dave" {
		t.Errorf("user %q:\n%s", x.user, x.shown())
	}
	x.press("esc", ":", "erin", "enter") // who is not among those that were read
	if x.user != "erin" {
		t.Errorf("user %q:\n%s", x.user, x.shown())
	}
}

// lister is a source that knows its users.
type lister struct{ *memory }

// Users implements source.Lister.
func (lister) Users(context.Context) iter.Seq2[string, error] {
	return values([]string{"carol", "dave"})
}

// TestCursorOfChineseInput: the terminal's cursor is after the text by its width, also
// of a text that is too long for the line.
func TestCursorOfChineseInput(t *testing.T) {
	x := open(t, numbered(10), 60, 24)
	x.press("enter", "/", "天气ab")
	if c := x.View().Cursor; c == nil || c.X != len("search: ")+6 || c.Y != 22 {
		t.Errorf("the cursor is at %v", c)
	}
	x.press("left", "left", "left")
	if c := x.View().Cursor; c == nil || c.X != len("search: ")+2 {
		t.Errorf("the cursor is at %v", c)
	}
	x.press(strings.Repeat("很长", 100))
	checkSize(t, x, x.shown(), 60, 24)
	if c := x.View().Cursor; c == nil || c.X > 59 || c.X < 50 {
		t.Errorf("the cursor is at %v", c)
	}
}

// TestMouse: the wheel scrolls, and a click chooses.
func TestMouse(t *testing.T) {
	x := open(t, numbered(1000), 80, 24)
	x.send(tea.MouseClickMsg{X: 2, Y: 3, Button: tea.MouseLeft})
	x.send(tea.MouseClickMsg{X: 2, Y: 3, Button: tea.MouseLeft})
	if x.chat.ref.Conversation != "g1" {
		t.Fatalf("clicked open: %v", x.chat.ref)
	}
	x.send(tea.MouseClickMsg{X: 40, Y: 10, Button: tea.MouseLeft})
	clicked := x.at()
	if line := strings.Split(x.shown(), "\n")[10]; !strings.Contains(line, clicked) || clicked == "message 999" {
		t.Errorf("%q is current, and the line is %q", clicked, line)
	}
	for range 100 {
		x.send(tea.MouseWheelMsg{X: 40, Y: 10, Button: tea.MouseWheelUp})
	}
	if x.at() == clicked || !strings.Contains(x.shown(), x.at()) {
		t.Errorf("after the wheel: %q\n%s", x.at(), x.shown())
	}
}

// TestTheRateLimitIsNamed: the status line says that a read waits for it.
func TestTheRateLimitIsNamed(t *testing.T) {
	x := open(t, numbered(1000), 80, 24)
	waits := true
	x.o.Waiting = func() bool { return waits }
	x.press("enter")
	x.hold = true
	x.press("g")
	x.send(tickMsg{})
	if text := "reading 0s, waiting for the rate limit (Esc cancels)"; !strings.Contains(x.shown(), text) {
		t.Errorf("not %q:\n%s", text, x.shown())
	}
	waits = false
	if !strings.Contains(x.shown(), "reading 0s (Esc cancels)") {
		t.Errorf("not waiting:\n%s", x.shown())
	}
}
