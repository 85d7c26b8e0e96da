package storetest

import (
	"math/rand/v2"
	"testing"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/archive/tokens"
)

// RealWords checks that 200 words of the real messages, one to eight characters long, are
// found exactly where the rule finds them.
func RealWords(t *testing.T, open Opener) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: it takes minutes under the race detector")
	}
	messages := RealMessages(t)
	s := open(t, t.TempDir())
	defer s.Close()
	for n := 0; n < len(messages); n += 5000 {
		b := archive.Batch{Run: archive.Run{ID: "run"}, Messages: messages[n:min(n+5000, len(messages))]}
		if _, err := s.Import(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	documents := make([]*query.Document, len(messages))
	for n := range messages {
		documents[n] = messages[n].Document()
	}
	random := rand.New(rand.NewPCG(1, 2))
	indexed := 0
	for range 200 {
		word := wordOf(random, messages)
		q := query.Query{Expr: query.Text{Term: tokens.Normalize(word)}}
		want := map[archive.Key]bool{}
		for n, d := range documents {
			if q.Match(d) {
				want[messages[n].Key] = true
			}
		}
		got := 0
		for m, err := range s.Search(t.Context(), archive.Search{Query: q, Span: archive.Everything()}) {
			if err != nil {
				t.Fatal(err)
			}
			if !want[m.Key] {
				t.Errorf("%q: %q is no hit", word, m.Text)
			}
			got++
		}
		if got != len(want) {
			t.Errorf("%q: %d hits, want %d", word, got, len(want))
		}
		if !q.Scans() {
			indexed++
		}
	}
	if indexed < 150 {
		t.Errorf("only %d words were looked up in the index", indexed)
	}
	for d, err := range s.Verify(t.Context()) {
		t.Errorf("%s %s, %v", d.Message, d.What, err)
	}
}

// wordOf is one to eight characters of a message.
func wordOf(random *rand.Rand, messages []archive.Message) string {
	for {
		runes := []rune(messages[random.IntN(len(messages))].Text)
		if len(runes) == 0 {
			continue
		}
		from := random.IntN(len(runes))
		return string(runes[from:min(len(runes), from+1+random.IntN(8))])
	}
}
