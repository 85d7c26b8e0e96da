package easemob

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

type object1 = map[string]any

func TestHistoryKinds(t *testing.T) {
	s := &service{answer: replies(sample(t, "history_kinds.json"))}
	c, _ := newTest(t, s)
	got, err := pages(c.History(t.Context(), alice("bob", roaming.Chat), roaming.HistoryQuery{}))
	if err != nil {
		t.Fatal(err)
	}
	message := func(id uint64, after int64, kind roaming.Kind, body object1) roaming.Message {
		return roaming.Message{
			ID: roaming.MessageID(id), Timestamp: roaming.Millis(1763600000000 + after), ChatType: roaming.Chat,
			Conversation: "bob", From: "bob", To: "alice", Kind: kind, Body: body, Ext: object1{},
		}
	}
	size := object1{"width": 640.0, "height": 480.0}
	text := message(18446744073709551615, 8, roaming.Text, object1{"msg": "你好 \U0001F600\n"})
	text.Text = "你好 \U0001F600\n"
	text.Ext = object1{
		"bool": true, "int": int64(-5), "uint": uint64(4294967295), "long": int64(9223372036854775807),
		"float": json.Number("0.1"), "double": 2.5, "string": "你好",
		"json": object1{"id": json.Number("18446744073709551615"), "a": []any{json.Number("1"), nil}},
	}
	want := []roaming.Page[roaming.Message]{{Items: []roaming.Message{
		text,
		message(108, 7, roaming.Image, object1{"filename": "a.png", "url": "https://h/a", "secret": "s1", "file_length": int64(1234), "size": size}),
		message(107, 6, roaming.Video, object1{
			"filename": "v.mp4", "url": "https://h/v", "secret": "s2", "file_length": int64(99), "length": int64(7),
			"size": size, "thumb": "https://h/t", "thumb_secret": "s3",
		}),
		message(106, 5, roaming.Location, object1{"lat": 39.9, "lng": 116.4, "addr": "北京"}),
		message(105, 4, roaming.Audio, object1{"filename": "a.amr", "url": "https://h/au", "file_length": int64(10), "length": int64(3)}),
		message(104, 3, roaming.File, object1{"filename": "f.txt", "url": "https://h/f", "file_length": int64(11)}),
		message(103, 2, roaming.Command, object1{"action": "ring"}),
		message(102, 1, roaming.Custom, object1{
			"customEvent": "gift", "v2:customExts": object1{"name": "rose", "n": int64(3)},
			"customExts": []any{object1{"name": "rose"}, object1{"n": int64(3)}},
		}),
		message(101, 0, roaming.Combine, object1{
			"subType": "sub_combine", "title": "title", "summary": "sum", "url": "https://h/c", "combineLevel": int64(2),
		}),
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A message that is understood in part has that part. An unreadable item has its
// position, and the items after it are read.
func TestUnusualHistory(t *testing.T) {
	s := &service{answer: replies(sample(t, "history_odd.json"))}
	c, _ := newTest(t, s)
	got, err := pages(c.History(t.Context(), alice("bob", roaming.Chat), roaming.HistoryQuery{Limit: 9}))
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	page := got[0]
	if page.Next != "202" {
		t.Errorf("next %q, want 202", page.Next)
	}
	var bad []int
	for _, e := range page.Bad {
		if e.Page != 1 || e.Raw == "" || e.Err == nil {
			t.Errorf("a bad item says too little: %#v", e)
		}
		bad = append(bad, e.Position)
	}
	if diff := cmp.Diff([]int{2, 3, 4, 5}, bad); diff != "" {
		t.Errorf("bad positions (-want +got):\n%s", diff)
	}
	type shown struct {
		ID    roaming.MessageID
		Type  roaming.ChatType
		Kind  roaming.Kind
		From  string
		Text  string
		Body  object1
		Rawed bool
	}
	var items []shown
	for _, m := range page.Items {
		items = append(items, shown{m.ID, m.ChatType, m.Kind, m.From, m.Text, m.Body, len(m.Raw) > 0})
	}
	want := []shown{
		{206, roaming.Chat, roaming.Unknown, "bob", "", object1{"type": int64(99), "msg": "from the future"}, true},
		{205, roaming.Chat, roaming.Unknown, "bob", "", object1{"type": "RECALL", "ackMessageId": "18446744073709551614"}, true},
		{204, roaming.Chat, roaming.Text, "carol", "hi", object1{"msg": "hi"}, true},
		{203, roaming.Chat, roaming.Unknown, "bob", "", object1{}, true},
		{202, roaming.Chat, roaming.Text, "bob", "edited", object1{"type": "EDIT", "msg": "edited", "editMessageId": "77", "editScope": "BODY"}, true},
	}
	if diff := cmp.Diff(want, items); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestKeepRaw(t *testing.T) {
	s := &service{answer: replies(sample(t, "history_kinds.json"))}
	c, _ := newTest(t, s)
	got, err := pages(c.History(t.Context(), alice("bob", roaming.Chat), roaming.HistoryQuery{KeepRaw: true}))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range got[0].Items {
		if len(m.Raw) == 0 {
			t.Errorf("message %s has no raw bytes", m.ID)
		}
	}
}

// historyPage returns an answer with n corrupt items, which count like good ones. Pages
// with another next have other items.
func historyPage(n int, last bool, next string) string {
	msgs := make([]json.RawMessage, n)
	for i := range msgs {
		msgs[i] = json.RawMessage(fmt.Sprintf(`{"msg":"?%s%d"}`, next, i))
	}
	b, _ := json.Marshal(object1{"data": object1{"msgs": msgs, "is_last": last, "next_key": next}})
	return string(b)
}

func TestHistoryRequestsNoMoreThanTheLimit(t *testing.T) {
	s := &service{answer: replies(historyPage(50, false, "a"), historyPage(50, false, "b"), historyPage(20, false, "c"))}
	c, _ := newTest(t, s)
	got, err := pages(c.History(t.Context(), alice("bob", roaming.Chat), roaming.HistoryQuery{Limit: 120}))
	if err != nil || len(got) != 3 || got[2].Next != "c" {
		t.Fatalf("%d pages, %v", len(got), err)
	}
	var asked []string
	for _, r := range s.asked(false) {
		var q historyRequest
		if err := json.Unmarshal([]byte(r.Body), &q); err != nil {
			t.Fatal(err)
		}
		asked = append(asked, fmt.Sprintf("%d from %q", q.PullNumber, q.Start))
	}
	if diff := cmp.Diff([]string{`50 from ""`, `50 from "a"`, `20 from "b"`}, asked); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHistoryEnds(t *testing.T) {
	tests := []struct {
		name    string
		answers []string
		pages   int
		kind    fault.Kind // "" for a clean end
	}{
		{"is_last", []string{historyPage(1, false, "a"), historyPage(1, true, "x")}, 2, ""},
		{"nothing", []string{`{"data":{"msgs":[],"is_last":true,"next_key":null}}`}, 1, ""},
		{"null msgs", []string{`{"data":{"msgs":null,"is_last":true,"next_key":null}}`}, 0, fault.Network},
		{"no msgs", []string{`{"data":{"is_last":true}}`}, 0, fault.Network},
		{"empty data", []string{`{"data":{}}`}, 0, fault.Network},
		{"null data", []string{`{"data":null}`}, 0, fault.Network},
		{"a list for data", []string{`{"data":[]}`}, 0, fault.Network},
		{"an object for msgs", []string{`{"data":{"msgs":{},"is_last":true}}`}, 0, fault.Network},
		{"a text for msgs", []string{`{"data":{"msgs":"","is_last":true}}`}, 0, fault.Network},
		{"too many msgs", []string{historyPage(maxEntries+1, true, "")}, 0, fault.Network},
		{"a wrong is_last", []string{`{"data":{"msgs":[],"is_last":"perhaps"}}`}, 0, fault.Network},
		{"a list for next_key", []string{`{"data":{"msgs":[],"is_last":false,"next_key":[1]}}`}, 0, fault.Network},
		{"empty page in between", []string{historyPage(0, false, "a"), historyPage(1, true, "")}, 2, ""},
		{"empty, more, but not where", []string{historyPage(0, false, "")}, 1, fault.Network},
		{"empty, and the same cursor", []string{historyPage(0, false, "a"), historyPage(0, false, "a")}, 2, fault.Network},
		{"more, but not where", []string{historyPage(1, false, "")}, 1, fault.Network},
		{"the same page for ever", []string{historyPage(1, false, "a")}, 1, fault.Network},
		{"the same cursor for ever", []string{historyPage(1, false, "a"), historyPage(2, false, "a")}, 2, fault.Network},
		{"a circle of three", []string{
			historyPage(1, false, "z"), historyPage(1, false, "a"), historyPage(1, false, "b"), historyPage(1, false, "c"),
			historyPage(2, false, "a"),
		}, 5, fault.Network},
		{"no data", []string{`{}`}, 0, fault.Network},
		{"not JSON", []string{`<html>`}, 0, fault.Network},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &service{answer: replies(tt.answers...)}
			c, _ := newTest(t, s)
			got, err := pages(c.History(t.Context(), alice("bob", roaming.Chat), roaming.HistoryQuery{}))
			if len(got) != tt.pages || fault.KindOf(err) != tt.kind {
				t.Errorf("%d pages, %v; want %d, kind %q", len(got), err, tt.pages, tt.kind)
			}
		})
	}
}

func TestHistoryRefusesInvalidQueries(t *testing.T) {
	s := &service{}
	c, _ := newTest(t, s)
	for name, q := range map[string]roaming.HistoryQuery{
		"page size": {PageSize: 51}, "negative": {PageSize: -1}, "limit": {Limit: -1}, "senders in a chat": {Senders: []string{"bob"}},
	} {
		if _, err := pages(c.History(t.Context(), alice("bob", roaming.Chat), q)); fault.KindOf(err) != fault.Usage {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, user := range []string{"", ".", ".."} {
		ref := roaming.Ref{User: user, Conversation: "bob", Type: roaming.Chat}
		if _, err := pages(c.History(t.Context(), ref, roaming.HistoryQuery{})); fault.KindOf(err) != fault.Usage {
			t.Errorf("user %q: %v", user, err)
		}
	}
	if err := c.DeleteMessages(t.Context(), alice("bob", roaming.Chat), make([]roaming.MessageID, 51), true); fault.KindOf(err) != fault.Usage {
		t.Errorf("51 IDs: %v", err)
	}
	if err := c.DeleteMessagesBefore(t.Context(), alice("bob", roaming.Chat), time.Time{}, true); fault.KindOf(err) != fault.Usage {
		t.Errorf("no time: %v", err)
	}
	if err := c.DeleteConversation(t.Context(), alice("r", roaming.Room), true); fault.KindOf(err) != fault.Usage {
		t.Errorf("a room: %v", err)
	}
	if n := len(s.asked(true)); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}
