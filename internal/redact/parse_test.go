package redact

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/fault"
)

// What a file says wrongly is refused with its line, and without its words.
func TestRulesThatAreRefused(t *testing.T) {
	for _, c := range []struct{ rules, want string }{
		{"words: [secret]\nword: [x]", `line 2: unknown key "word": there are allow, detectors, queries, regexps, words`},
		{"allow: {all: true}", `line 1: unknown key "all": there are fields, texts`},
		{"detectors: [mobile, fax]", `line 1: unknown detector "fax": there are mobile, `},
		{"allow:\n  fields:\n  - raw", `line 3: unknown field "raw": there are file_names, `},
		{"words: secret", "line 1: a list is required"},
		{"words:\n- [secret]", "line 2: a text is required"},
		{"words:\n- \"\"", "line 2: a text is required"},
		{"words:\n- \"\\u200b\"", "line 2: the word has no visible characters"},
		{"regexps:\n- '(secret'", "line 2: it is not a regular expression of RE2: missing closing )"},
		{"regexps: ['(?=secret)']", "line 1: it is not a regular expression of RE2"},
		{"regexps: ['secret*', '(secret)*']", "line 1: the regular expression matches the empty text"},
		{"queries:\n\n- 'kind:secret'", "line 3: "},
		{"- words", "line 1: a mapping is required"},
		{"words: [a]\nwords: [b]", "line 2: "},
		{"words: ['secret", "line 1: it is not YAML"},
		{"words: [a]\n---\nwords: [b]", "there is more than one YAML document"},
		{"words: [" + strings.Repeat("secret,", maxWords+1) + "]", "line 1: the list has more than 1000 entries"},
		{"words: ['" + strings.Repeat("secret", maxLength) + "']", "line 1: it has more than 1000 characters"},
		{"words: [&a secret, *a]", "line 1: a text is required"},
	} {
		_, err := Parse([]byte(c.rules), noQueries)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") && !strings.HasPrefix(c.rules, "queries") {
			t.Errorf("%.40q: %v, want %s", c.rules, err, c.want)
		}
	}
}

func TestLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rules.yaml")
	if _, err := Load(path, noQueries); fault.KindOf(err) != fault.Usage {
		t.Errorf("without a file: %v", err)
	}
	if err := os.WriteFile(path, make([]byte, maxFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path, noQueries); fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "1 MiB") {
		t.Errorf("a large file: %v", err)
	}
}

// An empty file has every detector. Words are found in any case and width, with any
// space between them, and inside other words.
func TestWords(t *testing.T) {
	r := New(mustParse(t, "words: [Project  Nightingale, '夜莺', ann]"), Options{})
	for text, want := range map[string]string{
		"project\u3000NIGHTINGALE":   "[word]",
		"ｐｒｏｊｅｃｔ nightin\u200bgale!": "[word]!",
		"关于夜莺的":                      "关于[word]的",
		"Hannah":                     "H[word]ah",
		"project nightin gale":       "project nightin gale",
		"138 0013 8000":              "[mobile]",
	} {
		if got := shown(r, text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
	none := New(mustParse(t, "detectors: []\nregexps: ['订单：\\d+', '\\bT-\\d+\\b']"), Options{})
	for text, want := range map[string]string{"订单：123 T-17": "[regexp] [regexp]", "138 0013 8000": "138 0013 8000", "订单:１": "订单:１", "Ｔ－１７": "[regexp]"} {
		if got := shown(none, text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
