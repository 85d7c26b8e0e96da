package tokens_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/archive/storetest"
	"github.com/roamctl/roamctl/internal/archive/tokens"
)

func TestRule(t *testing.T) {
	for _, tt := range []struct {
		term, text string
		want       bool
	}{
		{"发", "电子发票", true},
		{"票电", "电子发票", false},
		{"单001", "订单0012", true},
		{"001", "订单0012", true},
		{"012", "订单0012", false},
		{"iph", "新iPhone15", true},
		{"15", "iPhone15", false},
		{"15", "iPhone 15", true},
		{"voice", "invoice voice", true},
		{"voice", "invoice", false},
		{"straße", "STRASSE", true},
		{"ＡＢ", "abc", true},
		{"abc", "❤\ufe0fabc", true},
		{"❤", "我❤\ufe0f你", true},
		{"bc", "a\u0323bc", false},
		{"ヒー", "コーヒー", true},
		{"ー", "コーヒー", true},
		{"ｺｰﾋ", "コーヒー", true},
		{"국", "한국어", true},
		{"วัส", "สวัสดี", true},
		{"？", "好吗?", true},
		{"👩", "👨\u200d👩\u200d👧", true},
		{"🇳", "🇨🇳", true},
		{"vet", "привет", false},
		{"ПРИВ", "привет", true},
		{"bar", "foo_bar", true},
		{"", "x", false},
	} {
		if got := tokens.Index(tokens.Normalize(tt.text), tokens.Normalize(tt.term)) >= 0; got != tt.want {
			t.Errorf("%q in %q: %v", tt.term, tt.text, got)
		}
	}
}

func TestTokens(t *testing.T) {
	for text, want := range map[string][]string{
		"请发iPhone15给我":          {"请", "发", "iphone15", "给", "我"},
		"a$b":                   {"a", "＄", "b"},
		"Foo-bar_baz":           {"foo", "bar", "baz"},
		"१२ नमस्ते":             {"१२", "नमस्ते"},
		"❤\ufe0f1\ufe0f\u20e3x": {"❤", "1\ufe0f\u20e3x"},
		"？ ！\x00":               nil,
		strings.Repeat("é", 40): {strings.Repeat("é", 32)},
	} {
		if diff := cmp.Diff(want, slices.Collect(tokens.Of(tokens.Normalize(text)))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestPhraseOf(t *testing.T) {
	for term, want := range map[string]tokens.Phrase{
		"发iph":       {Tokens: []string{"发", "iph"}, Prefix: true},
		"iph发":       {Tokens: []string{"iph", "发"}},
		"foo.":       {Tokens: []string{"foo"}},
		"\u0301b 发c": {Tokens: []string{"发", "c"}, Prefix: true},
	} {
		got, ok := tokens.PhraseOf(term)
		if diff := cmp.Diff(want, got); diff != "" || !ok {
			t.Errorf("%q (-want +got):\n%s", term, diff)
		}
	}
	for _, term := range []string{"", "？", " ", "\u0301", "\u0301b", "#\ufe0f"} {
		if p, ok := tokens.PhraseOf(tokens.Normalize(term)); ok {
			t.Errorf("%q: %v", term, p)
		}
	}
}

// What the rule hits has the phrase's tokens.
func TestPhraseIsInWhatTheRuleHits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := storetest.Texts().Draw(t, "text")
		term := tokens.Normalize(storetest.TermsOf([]string{text}).Draw(t, "term"))
		text = tokens.Normalize(text)
		p, ok := tokens.PhraseOf(term)
		if !ok || tokens.Index(text, term) < 0 {
			return
		}
		if all := slices.Collect(tokens.Of(text)); !contains(all, p) {
			t.Fatalf("%q hits %q, whose tokens %q do not have %q", term, text, all, p.Tokens)
		}
	})
}

func contains(all []string, p tokens.Phrase) bool {
	n := len(p.Tokens)
	for i := 0; i+n <= len(all); i++ {
		got := slices.Clone(all[i : i+n])
		if p.Prefix && strings.HasPrefix(got[n-1], p.Tokens[n-1]) {
			got[n-1] = p.Tokens[n-1]
		}
		if slices.Equal(got, p.Tokens) {
			return true
		}
	}
	return false
}

// The index splits at spaces and at ASCII characters that are not letters or
// digits, and folds ASCII letters.
func TestTokensSurviveTheIndex(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := tokens.Normalize(storetest.Texts().Draw(t, "text"))
		var joined strings.Builder
		for token := range tokens.Of(text) {
			for _, r := range token {
				if r < 0x80 && (r < '0' || r > '9') && (r < 'a' || r > 'z') {
					t.Fatalf("%q has %q", token, r)
				}
			}
			joined.WriteString(token + " ")
		}
		if got := string(tokens.AppendJoined(nil, text)); got != joined.String() {
			t.Fatalf("%q, want %q", got, joined.String())
		}
	})
}
