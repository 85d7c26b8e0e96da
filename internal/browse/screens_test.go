package browse

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// hostile are texts that try to leave their place on the screen.
func hostile() []string {
	return []string{
		"\x1b[2J\x1b[H cleared", "\x1b]8;;https://evil.invalid\x07link\x1b]8;;\x07", "\x1b]52;c;cm0=\x07", "invoice \u202egnp.exe", "tag \U000E0041\U000E0042",
		"zero\u200bwidth\u2060\ufeff", "z" + strings.Repeat("\u0351", 200), "\u0351 begins with a mark", "a\rb\nc\td", "\u009b31m C1 \x00 \x7f", "\u2061hit\u2062",
	}
}

// mixed is a conversation in Chinese, with every mark, and with hostile text.
func mixed() *memory {
	all := []source.Message{
		said(0, "bob", "明天下午三点在老地方见面，别忘了带雨伞，天气预报说傍晚有雷阵雨。"), said(1, "alice", "好的 👍🏽"),
		said(2, "张伟", "Ａ full-width ｶﾞ half-width 👨‍👩‍👧 family 🇨🇳 flag"), said(3, "noor", "مرحبا بالعالم"),
	}
	image := said(4, "bob", "")
	image.Kind, image.Body = roaming.Image, map[string]any{"filename": "照片\u202egpj.exe", "url": "https://a/b", "file_length": 5000}
	gone := said(5, "bob", "gone")
	gone.State, gone.Since = archive.Gone, roaming.Time{Time: start}
	edited := said(6, "bob", "edited")
	edited.Edited = &roaming.Edit{By: "bob\x1b[31m"}
	event := said(7, "bob", "")
	event.Kind, event.Body = roaming.Unknown, map[string]any{"type": "RECALL", "x": "\x1b[31m"}
	all = append(all, image, gone, edited, event)
	for _, s := range hostile() {
		all = append(all, said(len(all), "mallory"+s, s))
	}
	long := said(len(all), "bob", strings.Repeat("很长的一行 very long ", 100))
	all = append(all, long, said(len(all)+1, "alice", "最后一条"))
	s := numbered(len(all))
	s.message = func(i int) source.Message { return all[i] }
	for i, h := range hostile() {
		last := said(0, "mallory", h).Message
		s.conversations = append(s.conversations, roaming.Conversation{ID: fmt.Sprint("m", i, h), Type: roaming.Chat, LastMessage: &last})
	}
	return s
}

// TestScreens compares screens at three widths, also after a resize. Every line is as
// wide as the terminal or narrower, by either way of measuring.
func TestScreens(t *testing.T) {
	for _, width := range []int{60, 80, 200} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			x := open(t, mixed(), width, 24)
			screens := map[string]string{"conversations": x.shown()}
			x.press("enter")
			screens["newest"] = x.shown()
			x.press("g")
			screens["oldest"] = x.shown()
			x.press("down", "down", "down", "down", "enter")
			screens["details"] = x.shown()
			x.press("esc", "/", "雷阵雨")
			screens["prompt"] = x.shown()
			x.press("enter", "?")
			screens["help"] = x.shown()
			for name, screen := range screens {
				golden(t, fmt.Sprintf("%s-%d", name, width), screen)
				checkSize(t, x, screen, width, 24)
			}
			x.press("esc")
			before := x.shown()
			x.send(tea.WindowSizeMsg{Width: 100, Height: 30})
			checkSize(t, x, x.shown(), 100, 30)
			x.send(tea.WindowSizeMsg{Width: 10, Height: 2})
			x.send(tea.WindowSizeMsg{Width: width, Height: 24})
			if diff := cmp.Diff(before, x.shown()); diff != "" {
				t.Errorf("after two resizes (-want +got):\n%s", diff)
			}
			x.send(tea.ModeReportMsg{Mode: ansi.ModeUnicodeCore, Value: ansi.ModeReset})
			checkSize(t, x, x.shown(), width, 24)
		})
	}
}

func checkSize(t *testing.T, x *terminal, screen string, width, height int) {
	t.Helper()
	lines := strings.Split(screen, "\n")
	if len(lines) > height {
		t.Errorf("%d lines on a terminal of %d", len(lines), height)
	}
	for _, line := range lines {
		if n := x.screen.method.StringWidth(line); n > width {
			t.Errorf("%d columns on a terminal of %d: %q", n, width, line)
		}
	}
}
