package easemob

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/easemob/msyncpb"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// anItem is a history's item: a message with that ID (0: none) and name.
func anItem(id uint64, name string) string {
	meta := &msyncpb.Meta{From: &msyncpb.JID{Name: new(name)}, Ns: msyncpb.Meta_CHAT.Enum(), Timestamp: new(uint64(1763600000000))}
	if id != 0 {
		meta.Id = new(id)
	}
	raw, _ := proto.Marshal(meta)
	return `{"msg":"` + base64.StdEncoding.EncodeToString(raw) + `"}`
}

func anAnswer(last bool, next string, items ...string) string {
	return fmt.Sprintf(`{"data":{"msgs":[%s],"is_last":%v,"next_key":%q}}`, strings.Join(items, ","), last, next)
}

// Repeated messages are dropped and do not count. Similar ones are kept.
func TestRepeatsInAHistory(t *testing.T) {
	one, two, three := anItem(1, "a"), anItem(2, "b"), anItem(3, "c")
	nameless := anItem(0, "x")
	for _, tt := range []struct {
		name    string
		answers []string
		want    []string // senders
		kind    fault.Kind
	}{
		{"on one page", []string{anAnswer(true, "", one, two, one)}, []string{"a", "b"}, ""},
		{"the next page begins with it", []string{anAnswer(false, "2", one, two), anAnswer(true, "", two, three)}, []string{"a", "b", "c"}, ""},
		{"the last page is it", []string{anAnswer(false, "2", one, two), anAnswer(true, "", two)}, []string{"a", "b"}, ""},
		{"two without an ID", []string{anAnswer(true, "", nameless, nameless)}, []string{"x", "x"}, ""},
		{"two without an ID, on two pages", []string{anAnswer(false, "n", nameless, one), anAnswer(true, "", two, nameless)}, []string{"x", "a", "b", "x"}, ""},
		{"one ID, two messages", []string{anAnswer(false, "n", one), anAnswer(true, "", anItem(1, "other"))}, []string{"a", "other"}, ""},
		{"a page again", []string{anAnswer(false, "n", one, two), anAnswer(false, "m", one, two)}, []string{"a", "b"}, fault.Network},
		{"a page again, in another order", []string{anAnswer(false, "n", one, two), anAnswer(false, "m", two, one)}, []string{"a", "b"}, fault.Network},
		{"a page again, at the end", []string{anAnswer(false, "n", one, two), anAnswer(true, "", one, two)}, []string{"a", "b"}, fault.Network},
		{"a page again, without IDs", []string{anAnswer(false, "n", nameless), anAnswer(false, "m", nameless)}, []string{"x"}, fault.Network},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := newTest(t, &service{answer: replies(tt.answers...)})
			got, err := pages(c.History(t.Context(), alice("bob", roaming.Chat), roaming.HistoryQuery{}))
			var senders []string
			for _, page := range got {
				for _, m := range page.Items {
					senders = append(senders, m.From)
				}
			}
			if diff := cmp.Diff(tt.want, senders); diff != "" || fault.KindOf(err) != tt.kind {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// The limit does not count repeated messages.
func TestTheLimitSkipsRepeats(t *testing.T) {
	one, two, three := anItem(1, "a"), anItem(2, "b"), anItem(3, "c")
	s := &service{answer: replies(anAnswer(false, "n", one, two), anAnswer(false, "m", two), anAnswer(true, "", three))}
	c, _ := newTest(t, s)
	_, err := pages(c.History(t.Context(), alice("bob", roaming.Chat), roaming.HistoryQuery{Limit: 3, Start: "n0"}))
	if fault.KindOf(err) != fault.Network { // a whole page that is not the last
		t.Error(err)
	}
	s = &service{answer: replies(anAnswer(false, "n", one, one), anAnswer(false, "m", one, two), anAnswer(false, "o", three))}
	c, _ = newTest(t, s)
	got, err := pages(c.History(t.Context(), alice("bob", roaming.Chat), roaming.HistoryQuery{Limit: 3}))
	if err != nil || len(got) != 3 || got[2].Next != "o" {
		t.Errorf("%+v, %v", got, err)
	}
}

// A conversation that moved is listed once, as it was first.
func TestLiveListsShift(t *testing.T) {
	entry := func(id string, unread int) string {
		return fmt.Sprintf(`{"session_to":%q,"session_type":"chat","unread_num":%d,"meta":{}}`, id, unread)
	}
	list := func(cursor string, entries ...string) string {
		return fmt.Sprintf(`{"data":{"channel_infos":[%s],"cursor":%q}}`, strings.Join(entries, ","), cursor)
	}
	c, _ := newTest(t, &service{answer: replies(list("c1", entry("a", 0), entry("b", 0)), list("c2", entry("b", 5), entry("c", 0)), list("", entry("c", 1)))})
	got, err := pages(c.Conversations(t.Context(), "alice", roaming.ConversationQuery{}))
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, page := range got {
		for _, conversation := range page.Items {
			ids = append(ids, conversation.ID+strconv.Itoa(conversation.Unread))
		}
	}
	if diff := cmp.Diff([]string{"a0", "b0", "c0"}, ids); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A listing ends soon when the service repeats pages or cursors, in cycles of any
// length. It remembers a bounded number of entries.
func TestEndlessListsEnd(t *testing.T) {
	circle := func(pages int, cursor func(n int) string) func(n int) (*http.Response, error) {
		return func(n int) (*http.Response, error) {
			items := make([]string, 50)
			for i := range items {
				items[i] = anItem(uint64((n-1)%pages*50+i+1), "x")
			}
			return response(200, nil, anAnswer(false, cursor(n), items...)), nil
		}
	}
	anew := strconv.Itoa
	for _, tt := range []struct {
		name  string
		f     func(n int) (*http.Response, error)
		calls int // at most
	}{
		{"one page, ever new cursors", circle(1, anew), 2},
		{"three pages, ever new cursors", circle(3, anew), 4},
		{"more pages than are remembered", circle(100, anew), 3 * 100},
		{"cursors in a circle", circle(1<<20, func(n int) string { return anew(n % 7) }), 8},
		{"cursors in a circle larger than is remembered", circle(1<<20, func(n int) string { return anew(n % 100) }), 3 * 100},
		{"empty pages, ever new cursors", func(n int) (*http.Response, error) {
			return response(200, nil, anAnswer(false, anew(n))), nil
		}, maxEmptyPages + 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			calls := 0
			c, _ := newOffline(t, func(n int) (*http.Response, error) {
				if calls = n; n > 2*tt.calls {
					return nil, fmt.Errorf("call %d", n)
				}
				return tt.f(n)
			}, func(o *Options) { o.Retry.Attempts = 1 })
			_, err := pages(c.History(t.Context(), alice("bob", roaming.Chat), roaming.HistoryQuery{}))
			if fault.KindOf(err) != fault.Network || calls > tt.calls {
				t.Errorf("%d calls, %v", calls, err)
			}
		})
	}
}

// A history of 100,000 messages does not need more memory than a short one.
func TestRepeatsAreBounded(t *testing.T) {
	r := newRepeats("x", "")
	key := make([]byte, 8)
	for page := range 2_000 {
		wire := wirePage{entries: entries{jsontext.Value("1")}, next: roaming.Cursor(strconv.Itoa(page))}
		r.beginPage()
		for i := range 50 {
			copy(key, strconv.Itoa(page*50+i)+"........")
			r.add(key, nil)
		}
		if err := r.checkPage(wire); err != nil {
			t.Fatal(err)
		}
		if more, err := r.hasNext(wire); !more || err != nil {
			t.Fatal(err)
		}
	}
	if len(r.seen) > maxRemembered || len(r.older) != maxRemembered {
		t.Errorf("%d and %d are remembered", len(r.seen), len(r.older))
	}
}

// A list that shifts between pages, by less than a page, is read without losses and
// repeats.
func TestShiftsLoseAndDoubleNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		total, size := rapid.IntRange(0, 60).Draw(rt, "users"), rapid.IntRange(2, 7).Draw(rt, "page")
		at := 0
		fetch := func(n int) (*http.Response, error) {
			if n > 1 && at > 0 { // newcomers at the head: the cursor counts from there
				at = max(0, at-rapid.IntRange(0, size-1).Draw(rt, "shift"))
			}
			var names []string
			for ; at < total && len(names) < size; at++ {
				names = append(names, fmt.Sprintf(`{"username":"u%d"}`, at))
			}
			cursor := strconv.Itoa(n)
			if at >= total {
				cursor = ""
			}
			return response(200, nil, fmt.Sprintf(`{"entities":[%s],"cursor":%q}`, strings.Join(names, ","), cursor)), nil
		}
		c, _ := newOffline(t, fetch)
		var got []string
		for user, err := range roaming.Items(c.Users(t.Context(), roaming.UserQuery{PageSize: size})) {
			if err != nil {
				rt.Fatal(err)
			}
			got = append(got, user.ID)
		}
		want := make([]string, total)
		for i := range want {
			want[i] = fmt.Sprintf("u%d", i)
		}
		if !slices.Equal(got, want) {
			rt.Fatalf("%v, want %v", got, want)
		}
	})
}
