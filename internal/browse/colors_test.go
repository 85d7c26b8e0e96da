package browse

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestColors compares a chat with and without colours. All are of the 16 that the
// terminal's theme defines.
func TestColors(t *testing.T) {
	isColor := regexp.MustCompile(`^(3|4|9|10)[0-9]$`)
	for name, color := range map[string]bool{"colors": true, "no-color": false} {
		x := open(t, mixed(), 80, 16)
		x.screen.style = newStyle(color)
		x.press("enter", "g", "/", "雷阵雨", "enter")
		screen := x.View().Content
		golden(t, name, strings.ReplaceAll(screen, "\x1b", "␛"))
		for _, sgr := range regexp.MustCompile(`\x1b\[([0-9;]*)m`).FindAllStringSubmatch(screen, -1) {
			for code := range strings.SplitSeq(sgr[1], ";") {
				if isColor.MatchString(code) && (!color || code == "38" || code == "48") {
					t.Errorf("%s has %q", name, sgr[0])
				}
			}
		}
	}
}

// TestSidesHaveTheirOwnColors: a user and the other side never share a colour.
func TestSidesHaveTheirOwnColors(t *testing.T) {
	s := screen{style: newStyle(true), user: "alice"}
	for _, name := range []string{"bob", "carol", "dave", "张伟", ""} {
		if s.sender(name).GetForeground() == s.sender("alice").GetForeground() {
			t.Errorf("alice and %s have the same colour", name)
		}
	}
}

// TestColorsAreNotQueried: nothing asks the terminal for its colours, which it may not
// answer.
func TestColorsAreNotQueried(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	x := open(t, numbered(1), 80, 24)
	var out bytes.Buffer
	if err := Run(ctx, strings.NewReader("q"), &out, []string{"TERM=xterm-256color"}, x.o); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); regexp.MustCompile(`\x1b\](4|10|11|12);`).MatchString(got) || !strings.Contains(got, "\x1b[?1049h") {
		t.Errorf("wrote %q", got)
	}
}
