package query

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/archive/tokens"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// days reads days in Beijing's zone.
func days() Times {
	zone := time.FixedZone("", 8*3600)
	start := func(s string) (time.Time, error) {
		t, err := time.ParseInLocation(time.DateOnly, s, zone)
		if err != nil {
			err = errors.New("not a day")
		}
		return t, err
	}
	return Times{Start: start, End: func(s string) (time.Time, error) {
		t, err := start(s)
		return t.AddDate(0, 0, 1).Add(-time.Millisecond), err
	}}
}

func TestParse(t *testing.T) {
	word := func(s string) Expr { return Text{Term: s} }
	day := func(d int) time.Time { return time.Date(2025, 11, d, 0, 0, 0, 0, time.FixedZone("", 8*3600)) }
	for source, want := range map[string]Expr{
		`发票`:                            word("发票"),
		` Foo  Ｂar `:                    And{word("foo"), word("bar")},
		`"exact  Phrase"`:               word("exact  phrase"),
		`“全角 引号”`:                       word("全角 引号"),
		`"a \"b\" \\c \d"`:              word(`a "b" \c \d`),
		`-not x-y`:                      And{Not{word("not")}, word("x-y")},
		`a b OR c`:                      Or{And{word("a"), word("b")}, word("c")},
		`a (b OR c)`:                    And{word("a"), Or{word("b"), word("c")}},
		`a（b OR -c）d`:                   And{word("a"), Or{word("b"), Not{word("c")}}, word("d")},
		`or ORder "OR"`:                 And{word("or"), word("order"), word("or")},
		`-(a b)`:                        Not{And{word("a"), word("b")}},
		`from：alice TO:"Bob"`:           And{From{"alice"}, To{"Bob"}},
		`in:g1 with:u`:                  And{In{"g1"}, With{"u"}},
		`kind:IMG -kind：unknown`:        And{Kind{roaming.Image}, Not{Kind{roaming.Unknown}}},
		`after:2025-11-20`:              Time{After: day(20)},
		`before:2025-11-20`:             Time{Before: day(20)},
		`on:2025-11-20`:                 Time{After: day(20), Before: day(21)},
		`has:attachment file:报价.PDF`:    And{HasAttachment{}, File{"报价.pdf"}},
		`sub:Voice sub:"a b"`:           And{Text{Term: "voice", Sub: true}, Text{Term: "a b", Sub: true}},
		`http://x.cn 10:30 form:a from`: And{word("http://x.cn"), word("10:30"), word("form:a"), word("from")},
		"？":                             word("?"),
		"a\x00b":                        word("a\x00b"),
	} {
		q, err := Parse(source, days())
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if diff := cmp.Diff(want, q.Expr); diff != "" {
			t.Errorf("%s (-want +got):\n%s", source, diff)
		}
	}
}

func TestParseErrorsPointAtTheCharacter(t *testing.T) {
	for source, want := range map[string]string{
		``:                    "a word is missing at the end of the query",
		`a OR`:                "a word is missing at the end of the query",
		`OR a`:                `a word is missing at character 1 ('O')`,
		`查 “没有`:               `the quote is not closed at character 3 ('“')`,
		`a (b`:                `the parenthesis is not closed at character 3 ('(')`,
		`发票）x`:                `no parenthesis is open at character 3 ('）')`,
		`a ()`:                `a word is missing at character 4 (')')`,
		`a ""`:                `nothing is in the quotes at character 3 ('"')`,
		`a - b`:               `a word is missing after - at character 3 ('-')`,
		`--a`:                 `two minus signs; put quotes around a text that begins with one at character 2 ('-')`,
		`x from: y`:           `from: has no value at character 3 ('f')`,
		`x kind:foo`:          `unknown message kind "foo": one of txt, img, audio, video, file, loc, cmd, custom, combine, unknown, at character 8 ('f')`,
		`has:x`:               `has: takes only attachment (kind: selects a kind), not "x", at character 5 ('x')`,
		`after：soon`:          `after: not a day, at character 7 ('s')`,
		`on:x`:                `on: not a day, at character 4 ('x')`,
		"\xff":                "the query is not UTF-8 at the end of the query",
		string(many('(', 60)): `more than 50 parentheses within each other at character 51 ('(')`,
	} {
		_, err := Parse(source, days())
		if err == nil || fault.KindOf(err) != fault.Usage || err.Error() != "cannot read the query: "+want {
			t.Errorf("%.20q: %v", source, err)
		}
	}
	if _, err := Parse(string(many('a', maxLength+1)), days()); fault.KindOf(err) != fault.Usage {
		t.Error(err)
	}
}

func many(b byte, n int) []byte {
	all := make([]byte, n)
	for i := range all {
		all[i] = b
	}
	return all
}

func TestMatch(t *testing.T) {
	d := &Document{
		Texts: []string{tokens.Normalize("请发 iPhone15 的发票"), tokens.Normalize("报价单.pdf")},
		Files: []string{tokens.Normalize("报价单.pdf")},
		From:  "alice", To: "bob", ChatType: roaming.Chat, Conversation: []string{"alice", "bob"},
		Kind: roaming.File, Time: time.Date(2025, 11, 19, 16, 0, 0, 0, time.UTC), Attachment: true,
	}
	group := &Document{Texts: []string{"hi"}, From: "alice", To: "g1", ChatType: roaming.Group, Conversation: []string{"g1"}, Kind: roaming.Text}
	for source, want := range map[string][2]bool{
		`发票 iph`:                    {true, false},
		`发票 foo`:                    {false, false},
		`发票 OR hi`:                  {true, true},
		`-发票`:                       {false, true},
		`15`:                        {false, false},
		`sub:15`:                    {true, false},
		`"发票 报价"`:                   {false, false},
		`file:报价 报价`:                {true, false},
		`file:发票`:                   {false, false},
		`from:ALICE`:                {true, true},
		`from:bob OR to:g1`:         {false, true},
		`in:bob`:                    {true, false},
		`in:g1`:                     {false, true},
		`with:alice`:                {true, true},
		`with:bob`:                  {true, false},
		`with:g1`:                   {false, false},
		`kind:file has:attachment`:  {true, false},
		`on:2025-11-20`:             {true, false},
		`after:2025-11-20`:          {true, false},
		`before:2025-11-20`:         {false, false},
		`-(on:2025-11-20 from:bob)`: {true, true},
	} {
		q, err := Parse(source, days())
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]bool{q.Match(d), q.Match(group)}; got != want {
			t.Errorf("%s: %v", source, got)
		}
	}
	if !(Query{}).Match(d) {
		t.Error("a query without an expression takes everything")
	}
}

func TestScans(t *testing.T) {
	for source, want := range map[string]bool{`发票`: false, `？`: true, `sub:voice`: true, `from:a -？`: false, `a OR ？`: true} {
		q, err := Parse(source, days())
		if err != nil || q.Scans() != want {
			t.Errorf("%s: %v, %v", source, q.Scans(), err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`发票 "a b" -(c OR d)`, `from：alice（x）`, `on:2025-11-20 has:attachment`, `"\"\\" sub:“x”`, "\x00", `-`, `kind:`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		q, err := Parse(source, days())
		if err != nil {
			e, ok := errors.AsType[*SyntaxError](err)
			if !ok || fault.KindOf(err) != fault.Usage || e.At < 1 || e.At > len([]rune(source))+1 {
				t.Fatalf("%q: %v", source, err)
			}
			return
		}
		if q.Expr == nil {
			t.Fatalf("%q: no expression", source)
		}
		for _, term := range q.Terms() {
			if term.Term == "" {
				t.Fatalf("%q: an empty term", source)
			}
		}
		q.Match(&Document{Texts: []string{tokens.Normalize(source)}})
	})
}
