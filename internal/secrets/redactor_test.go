package secrets

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"io"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/fault"
)

// encodings returns the encodings in which a host may repeat a secret.
func encodings() map[string]func(string) string {
	each := func(f func(c byte) string) func(string) string {
		return func(s string) string {
			var b strings.Builder
			for i := range len(s) {
				b.WriteString(f(s[i]))
			}
			return b.String()
		}
	}
	return map[string]func(string) string{
		"plain":      func(s string) string { return s },
		"upper case": strings.ToUpper,
		"hex":        func(s string) string { return hex.EncodeToString([]byte(s)) },
		"hex dump":   each(func(c byte) string { return fmt.Sprintf("%02X:", c) }),
		"base64":     func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
		"base64 url": func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
		"basic":      func(s string) string { return base64.StdEncoding.EncodeToString([]byte("id:" + s + "\n")) },
		"bearer":     func(s string) string { return base64.StdEncoding.EncodeToString([]byte("Bearer " + s + "!")) },
		"query":      url.QueryEscape,
		"percent":    each(func(c byte) string { return fmt.Sprintf("%%%02x", c) }),
		"percent, twice": func(s string) string {
			return url.QueryEscape(each(func(c byte) string { return fmt.Sprintf("%%%02X", c) })(s))
		},
		"JSON":         each(func(c byte) string { return fmt.Sprintf(`\u%04x`, c) }),
		"HTML":         html.EscapeString,
		"HTML, digits": each(func(c byte) string { return fmt.Sprintf("&#%d;", c) }),
		"HTML, hex":    each(func(c byte) string { return fmt.Sprintf("&#x%X;", c) }),
		"\\x":          each(func(c byte) string { return fmt.Sprintf(`\x%02x`, c) }),
		"spaces":       each(func(c byte) string { return string(c) + " " }),
		"lines":        each(func(c byte) string { return string(c) + "\r\n\t" }),
		"JSON lines":   each(func(c byte) string { return string(c) + `\n` }),
	}
}

// A secret in any encoding, and in any encoding of an encoding, is redacted. The text
// around it is not.
func TestEncodedSecretsAreRedacted(t *testing.T) {
	ways := encodings()
	var names []string
	for name := range ways {
		names = append(names, name)
	}
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringMatching(`[A-Za-z0-9]{12}[A-Za-z0-9_./+=~-]{0,60}[A-Za-z0-9]{12}`).Draw(t, "secret")
		var r Redactor
		if rapid.Bool().Draw(t, "recent") {
			r.AddRecent(secret)
		} else {
			r.Add(secret)
		}
		name := rapid.SampledFrom(names).Draw(t, "encoding")
		encoded := ways[name](secret)
		got := r.Text("<< " + encoded + " >>")
		if !strings.HasPrefix(got, "<< ") || !strings.HasSuffix(got, " >>") || !strings.Contains(got, Redacted) {
			t.Fatalf("%s: %q", name, got)
		}
		// The ends of base64 hold bits of the text around it.
		if rest := strings.ReplaceAll(got, Redacted, ""); len(rest) > len("<<  >>")+16 {
			t.Fatalf("%s: %q is left of %q", name, rest, encoded)
		}
	})
}

// A part of a secret shows less than a gram.
func TestPartsOfASecret(t *testing.T) {
	const secret = "YXA6abcdefghijklmnop0123456789"
	var r Redactor
	r.Add(secret)
	for n := gram; n <= len(secret); n++ {
		if got := r.Text("x " + secret[:n] + "... y"); got != "x "+Redacted+"... y" {
			t.Errorf("the first %d: %q", n, got)
		}
	}
	if got := r.Text("first " + secret[:15] + " then " + secret[15:]); strings.Contains(got, "YXA6") || strings.Contains(got, "6789") {
		t.Error(got)
	}
}

func TestTextWithoutSecretsIsUnchanged(t *testing.T) {
	var r Redactor
	for _, s := range []string{"", "x", "pw1", "k€y!", "very-secret", "YXA6abcdefghijklmnop0123456789"} {
		r.Add(s)
	}
	for _, s := range []string{"", "reading alice's history with bob: 100% of it, \\n & so on; &", "very", "secret", "%", "\\", "&#;", "&#x;", "%zz", "王小明", "\xff\\u12"} {
		if got := r.Text(s); got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
	for in, want := range map[string]string{
		"the word very-secret.": "the word " + Redacted + ".", "a k€y! b": "a " + Redacted + " b", `{"m":["very","secret"]}`: `{"m":["` + Redacted + `"]}`,
	} {
		if got := r.Text(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// Memory is bounded in a run with many users.
func TestTokensAreBounded(t *testing.T) {
	var r Redactor
	token := func(i int) string { return fmt.Sprintf("%032x", (i+1)*7919*104729) }
	for i := range 10 * recent {
		r.AddRecent(token(i))
	}
	if len(r.tokens) != recent || len(r.parts[gram]) > recent*5*64 {
		t.Errorf("%d tokens, %d grams", len(r.tokens), len(r.parts[gram]))
	}
	if got := r.Text(token(10*recent - 1)); got != Redacted {
		t.Error(got)
	}
}

// Tokens in use are redacted, even if more are in flight than are remembered.
func TestTokensInUseAreRedacted(t *testing.T) {
	var r Redactor
	token := func(i int) string { return fmt.Sprintf("%x", sha256.Sum256([]byte{byte(i), byte(i >> 8)})) }
	release := r.Hold(token(0))
	again := r.Hold(token(0))
	r.AddRecent(token(1))
	for i := range 2 * recent {
		r.AddRecent(token(i + 2))
	}
	if got := r.Text(token(0) + " " + token(1)); got != Redacted+" "+token(1) {
		t.Error(got)
	}
	release()
	r.AddRecent(token(0)) // used again, it is the newest
	again()
	for i := range recent - 1 {
		r.AddRecent(token(i + 1000))
	}
	if got := r.Text(token(0)); got != Redacted {
		t.Error(got)
	}
	r.AddRecent(token(2000))
	if got := r.Text(token(0)); got != token(0) {
		t.Error("it is known for ever")
	}
}

func TestErrors(t *testing.T) {
	const secret = "YXA6abcdefghijklmnop0123456789"
	var r Redactor
	r.Add(secret)
	f := fault.Wrap(fault.Network, fmt.Errorf("%s: %w", secret, io.EOF), "at %s", secret).WithHint("try %s", secret)
	f.ServiceError, f.RequestID = secret, secret
	err := r.Error(fmt.Errorf("page %s: %w", secret, f))
	if shown := fmt.Sprintf("%v %+v", err, *f); strings.Contains(shown, secret) || strings.Contains(f.Error(), secret) {
		t.Error(shown)
	}
	if !errors.Is(err, io.EOF) || fault.KindOf(err) != fault.Network || r.Error(nil) != nil || r.Error(io.EOF).Error() != io.EOF.Error() {
		t.Errorf("%#v", err)
	}
}

func FuzzText(f *testing.F) {
	for name, encode := range encodings() {
		f.Add(name + encode("YXA6abcdefghijklmnop0123456789"))
	}
	f.Fuzz(func(t *testing.T, s string) {
		var r Redactor
		r.Add("YXA6abcdefghijklmnop0123456789")
		if got := r.Text(s); strings.Contains(strings.ToLower(got), "yxa6abcdefghijklmnop") {
			t.Errorf("%q", got)
		}
	})
}
