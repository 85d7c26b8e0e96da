package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/archive/tokens"
	"github.com/roamctl/roamctl/internal/roaming"
)

func testOrder(t *testing.T, open Opener) {
	s := opened(t, open)
	none := text("9", 0, "一")
	none.Time = roaming.Time{}
	wantImport(t, s, ofRun(1, text("3", 3, "一"), text("5", 5, "一")), archive.Result{Added: 2})
	wantImport(t, s, ofRun(2, text("4", 4, "一"), none, text("1", 1, "一"), text("6", 6, "二")), archive.Result{Added: 4})
	q := everything(parse(t, "一"))
	wantIDs(t, ids(collect(t, s.Search(t.Context(), q))), "5", "4", "3", "1", "9")
	var pages []string
	for q.Limit = 2; ; {
		page := collect(t, s.Search(t.Context(), q))
		if len(page) == 0 {
			break
		}
		pages = append(pages, fmt.Sprint(ids(page)))
		q.After = page[len(page)-1].Position
	}
	wantIDs(t, pages, "[5 4]", "[3 1]", "[9]")
	q = archive.Search{Query: parse(t, "一"), Oldest: true, Span: archive.Span{From: at(1).UnixMilli(), To: at(4).UnixMilli()}}
	wantIDs(t, ids(collect(t, s.Search(t.Context(), q))), "1", "3", "4")
	q.After, q.Limit = collect(t, s.Search(t.Context(), q))[0].Position, 1
	wantIDs(t, ids(collect(t, s.Search(t.Context(), q))), "3")
	wantIDs(t, ids(collect(t, s.Search(t.Context(), archive.Search{}))), "9")
	for _, err := range s.Search(t.Context(), everything(query.Query{})) {
		if err != nil {
			t.Error(err)
		}
		break // a caller may stop
	}
}

// An archive that is built anew, in another order, has the same positions.
func testPositions(t *testing.T, open Opener) {
	messages := messagesOf(strings.Split(strings.Repeat("一 ", 60), " "))
	positions := func(batches ...[]archive.Message) map[archive.Key]int64 {
		s := opened(t, open)
		for n, b := range batches {
			mustImport(t, s, ofRun(n+1, b...))
		}
		all := map[archive.Key]int64{}
		for _, m := range collect(t, s.Search(t.Context(), everything(query.Query{}))) {
			all[m.Key] = m.Position
		}
		return all
	}
	reversed := slices.Clone(messages)
	slices.Reverse(reversed)
	if diff := cmp.Diff(positions(messages), positions(reversed[:7], messages, reversed)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func testAround(t *testing.T, open Opener) {
	s := opened(t, open)
	other := text("4", 4, "四")
	other.Conversation = archive.ChatOf("alice", "carol")
	wantImport(t, s, ofRun(1, text("1", 1, "一"), text("2", 2, "二"), text("3", 3, "三"), other, text("5", 5, "五")), archive.Result{Added: 5})
	earlier, later, err := s.Around(t.Context(), archive.IDKey("3"), 1, 9)
	if err != nil {
		t.Fatal(err)
	}
	wantIDs(t, ids(earlier), "2")
	wantIDs(t, ids(later), "5")
}

// queries makes expressions over the texts.
func queries(texts []string) *rapid.Generator[query.Expr] {
	term := rapid.Custom(func(t *rapid.T) query.Expr {
		term := tokens.Normalize(TermsOf(texts).Draw(t, "term"))
		switch rapid.IntRange(0, 9).Draw(t, "kind") {
		case 0:
			return query.Text{Term: term, Sub: true}
		case 1:
			return query.File{Term: term}
		case 2:
			return query.From{User: rapid.SampledFrom([]string{"alice", "Bob", "nobody"}).Draw(t, "user")}
		case 3:
			return query.With{User: rapid.SampledFrom([]string{"alice", "carol"}).Draw(t, "user")}
		case 4:
			return query.Time{After: at(rapid.IntRange(0, 20).Draw(t, "after")).Time}
		}
		return query.Text{Term: term}
	})
	var expr func(depth int) *rapid.Generator[query.Expr]
	expr = func(depth int) *rapid.Generator[query.Expr] {
		if depth == 0 {
			return term
		}
		return rapid.Custom(func(t *rapid.T) query.Expr {
			switch rapid.IntRange(0, 6).Draw(t, "form") {
			case 0:
				return query.And(rapid.SliceOfN(expr(depth-1), 2, 3).Draw(t, "and"))
			case 1:
				return query.Or(rapid.SliceOfN(expr(depth-1), 2, 3).Draw(t, "or"))
			case 2:
				return query.Not{Expr: expr(depth-1).Draw(t, "not")}
			}
			return term.Draw(t, "term")
		})
	}
	return expr(3)
}

func messagesOf(texts []string) (all []archive.Message) {
	for n, s := range texts {
		m := text(fmt.Sprint(n+1), n%20, s)
		switch n % 5 {
		case 1:
			m.From, m.To = "bob", "alice"
		case 2:
			m.Conversation, m.To = archive.GroupOf(roaming.Group, "g1"), "g1"
		case 3:
			m.Kind, m.Text, m.Body = roaming.File, "", map[string]any{"filename": s, "url": "https://x/f"}
		case 4:
			m.Kind, m.Text, m.Body = roaming.Combine, "", map[string]any{"title": s, "summary": "票 invoice"}
		}
		all = append(all, m)
	}
	return all
}

// Any query hits exactly what a scan by the rule hits.
func testSearchIsScan(t *testing.T, open Opener, most int) {
	rounds := 0
	rapid.Check(t, func(r *rapid.T) {
		rounds++
		if rounds > most { // each makes a store, and asks it many queries
			return
		}
		texts := rapid.SliceOfN(Texts(), 30, 60).Draw(r, "texts")
		s := open(t, t.TempDir())
		defer s.Close()
		messages := messagesOf(texts)
		mustImport(t, s, ofRun(1, messages[len(messages)/2:]...))
		mustImport(t, s, ofRun(2, messages[:len(messages)/2]...))
		for range 150 {
			e := queries(texts).Draw(r, "query")
			SameAsScan(r, s, messages, query.Query{Expr: e})
		}
	})
}

// fataler is what SameAsScan needs of a test.
type fataler interface {
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// SameAsScan checks that a query's hits are those of the rule, each once.
func SameAsScan(t fataler, s archive.Store, messages []archive.Message, q query.Query) {
	want := []archive.Key{}
	for i := range messages {
		if q.Match(messages[i].Document()) {
			want = append(want, messages[i].Key)
		}
	}
	got := []archive.Key{}
	for m, err := range s.Search(context.Background(), everything(q)) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, m.Key)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Fatalf("%#v: got %d hits %v, want %d %v", q.Expr, len(got), got, len(want), want)
	}
}

func testFields(t *testing.T, open Opener) {
	s := opened(t, open)
	messages := messagesOf([]string{"请发票", "iPhone15 voice", "订单0012", "报价单.pdf", "聊天记录", "(( a ))", "？"})
	mustImport(t, s, ofRun(1, messages...))
	deep := "a"
	for range 49 {
		deep = "(" + deep + " OR b)"
	}
	many := "票" + strings.Repeat(" OR x", 300)
	for _, q := range []string{
		"发", "单001", "iph", "15", "sub:15", "？", "-票", "票 OR iph", "from:bob", "from:ALICE -voice", "to:g1", "in:g1", "in:BOB", "with:bob", "with:carol",
		"kind:file", "file:报价", "has:attachment", "on:2025-11-20", "after:2025-11-21", "before:2025-11-21 票", "before:2025-11-20", "nobody", "from:nobody 票",
		"聊天 票", `"聊天记录 票"`, deep, many, strings.Repeat("票", 3000), `"` + strings.Repeat("票 x ", 1000) + `"`,
	} {
		SameAsScan(t, s, messages, parse(t, q))
	}
}

func testReaders(t *testing.T, open Opener) {
	s := opened(t, open)
	mustImport(t, s, ofRun(1, text("1", 1, "一")))
	var readers sync.WaitGroup
	done := make(chan struct{})
	for range 3 {
		readers.Go(func() {
			for {
				n := 0
				for _, err := range s.Search(t.Context(), everything(query.Query{Expr: query.Text{Term: "一"}})) {
					if err != nil {
						t.Error(err)
						return
					}
					n++
				}
				if n%10 != 1 {
					t.Errorf("%d messages: a part of a batch", n)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for n := range 10 {
		b := ofRun(n + 2)
		for k := range 10 {
			id := n*10 + k + 2
			b.Messages = append(b.Messages, text(fmt.Sprint(id), id, "一"))
		}
		mustImport(t, s, b)
	}
	close(done)
	readers.Wait()
}
