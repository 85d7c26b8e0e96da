package render_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/render"
)

func TestSafe(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "hello, world", "hello, world"},
		{"Chinese", "你好，世界！", "你好，世界！"},
		{"colour", "\x1b[31mred\x1b[0m", "␛[31mred␛[0m"},
		{"window title", "\x1b]0;pwned\x07", "␛]0;pwned␇"},
		{"C1 CSI", "\u009b31m", "⟨U+009B⟩31m"},
		{"delete", "a\x7f", "a␡"},
		{"line breaks", "a\nb\r\nc\rd\te", "a⏎b⏎c␍d␉e"},
		{"null", "\x00", "␀"},
		{"override", "\u202Etxt.exe", "⟨U+202E⟩txt.exe"},
		{"isolates", "\u2066a\u2069", "⟨U+2066⟩a⟨U+2069⟩"},
		{"marks of direction", "\u200E\u200F\u061C", "⟨U+200E⟩⟨U+200F⟩⟨U+061C⟩"},
		{"zero width", "a\u200Bb\uFEFFc\u2060d\u00ADe", "a⟨U+200B⟩b⟨U+FEFF⟩c⟨U+2060⟩d⟨U+00AD⟩e"},
		{"line separators", "a\u2028b\u2029c", "a⟨U+2028⟩b⟨U+2029⟩c"},
		{"hidden tags", "a\U000E0041", "a⟨U+E0041⟩"},
		{"Hangul filler", "\u3164", "⟨U+3164⟩"},
		{"invalid UTF-8", "a\xffb\xc3", "a⟨0xFF⟩b⟨0xC3⟩"},
		{"replacement character", "\uFFFD", "\uFFFD"},
		{"family", "👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦"},
		{"pirate and rainbow", "🏴‍☠️🏳️‍🌈", "🏴‍☠️🏳️‍🌈"},
		{"skin and gender", "🤦🏽‍♀️👩🏿‍⚕️", "🤦🏽‍♀️👩🏿‍⚕️"},
		{"flags", "🇨🇳🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🇨🇳🏴󠁧󠁢󠁥󠁮󠁧󠁿"},
		{"tags after a flag", "🏴\U000E0068\U000E007F", "🏴⟨U+E0068⟩⟨U+E007F⟩"},
		{"keycap and heart", "1️⃣❤️", "1️⃣❤️"},
		{"joiner between letters", "a\u200Db", "a⟨U+200D⟩b"},
		{"selectors that hide text", "😀\uFE0F\uFE0F\U000E0110", "😀\uFE0F⟨U+FE0F⟩⟨U+E0110⟩"},
		{"ideographic variant", "葛\U000E0100", "葛\U000E0100"},
		{"Persian", "می\u200cخواهم", "می\u200cخواهم"},
		{"Hindi", "क्\u200dष", "क्\u200dष"},
		{"accents", "e\u0301", "e\u0301"},
		{"zalgo", "e" + strings.Repeat("\u0301", 8), "e" + strings.Repeat("\u0301", 6) + "⟨U+0301⟩\u0301"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := render.Safe(tt.in); got != tt.want {
				t.Errorf("Safe(%+q) = %+q, want %+q", tt.in, got, tt.want)
			}
		})
	}
}

func TestSafeLines(t *testing.T) {
	if got, want := render.SafeLines("a\tb\r\nc\rd\x1b"), "a\tb\nc␍d␛"; got != want {
		t.Errorf("SafeLines = %q, want %q", got, want)
	}
}

// checkSafe holds what a terminal may be given against the promises of Safe.
func checkSafe(t interface{ Fatalf(string, ...any) }, in string) {
	got := render.Safe(in)
	if !utf8.ValidString(got) {
		t.Fatalf("Safe(%+q) = %+q is not UTF-8", in, got)
	}
	for _, r := range got {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == 0x2028 || r == 0x2029 {
			t.Fatalf("Safe(%+q) = %+q still has %U", in, got, r)
		}
	}
	if again := render.Safe(got); again != got {
		t.Fatalf("Safe(%+q) = %+q, and Safe of that %+q", in, got, again)
	}
	if ansi.Strip(got) != got {
		t.Fatalf("Safe(%+q) = %+q has escape sequences", in, got)
	}
}

// hostile draws text made of what is hard to show.
func hostile() *rapid.Generator[string] {
	part := rapid.OneOf(
		rapid.String(),
		rapid.StringN(0, 3, -1),
		rapid.SampledFrom([]string{
			"\x1b[2J", "\u202E", "\u2066", "\u200D", "\u200C", "\uFE0F", "\U000E0067", "\U000E007F", "🏴", "👨", "👍🏽", "🇨🇳",
			"你好", "क्", "ش", "\u0301", "\xff", "\r\n", "\n", "\t", "=", "葛", "\U000E0100", "1", "⃣", "\u2028", "\\u",
		}),
	)
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(part, 0, 12).Draw(t, "parts"), "")
	})
}

func TestSafeProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkSafe(t, hostile().Draw(t, "text")) })
}

func FuzzSafe(f *testing.F) {
	for _, m := range samples() {
		f.Add(m.Text)
	}
	f.Add("\U0001F3F4\U000E0067\u200D\U0001F468\u0301\u0301")
	f.Fuzz(func(t *testing.T, s string) { checkSafe(t, s) })
}
