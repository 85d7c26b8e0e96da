package easemob

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/exactjson"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

func TestConversationsByCursor(t *testing.T) {
	s := &service{answer: replies(sample(t, "conversations_cursor.json"), `{"data":{"channel_infos":[],"cursor":""}}`)}
	c, _ := newTest(t, s)
	got, err := pages(c.Conversations(t.Context(), "alice", roaming.ConversationQuery{}))
	if err != nil || len(got) != 2 {
		t.Fatal(got, err)
	}
	at := roaming.Millis(1763600000000)
	next := roaming.Millis(1763600000001)
	want := []roaming.Conversation{
		{
			ID: "bob_b@x", Type: roaming.Chat, Unread: 3, Pinned: true, PinnedAt: at, Marks: []string{"mark_3", "mark_19"}, LastActive: next,
			LastMessage: &roaming.Message{
				ID: 18446744073709551615, Timestamp: next, ChatType: roaming.Chat, Conversation: "bob_b@x", From: "bob_b@x", To: "alice",
				Kind: roaming.Text, Text: "晚上见", Body: object1{"msg": "晚上见"}, Ext: object1{"n": json.Number("9007199254740993")},
			},
		},
		{
			ID: "250000000000003", Type: roaming.Group, Unread: 12, Marks: []string{}, LastActive: at,
			LastMessage: &roaming.Message{
				ID: 900, Timestamp: at, ChatType: roaming.Group, Conversation: "250000000000003", From: "carol", To: "250000000000003",
				Kind: roaming.Image, Ext: object1{}, Body: object1{
					"url": "https://h/a", "filename": "a.png", "size": object1{"width": json.Number("1"), "height": json.Number("2")},
				},
			},
		},
		{ID: "empty", Type: roaming.Chat, Marks: []string{}},
		{ID: "broken", Type: roaming.Chat, Unread: 1, Marks: []string{}},
	}
	if diff := cmp.Diff(want, got[0].Items); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if bad := got[0].Bad; len(bad) != 2 || bad[0].Position != 4 || bad[1].Position != 5 {
		t.Errorf("bad items: %v", bad)
	}
	if got[0].Next != "c2" || got[1].Next != "" || len(got[1].Items) != 0 {
		t.Errorf("cursors %q, %q", got[0].Next, got[1].Next)
	}
}

// A last message with an unusual ID, time or JSON is on its entry, and the client
// does not guess its time.
func TestUnusualLastMessages(t *testing.T) {
	const usual = `{"from":"bob","to":"alice","type":"chat","bodies":[{"type":"txt","msg":"hi"}],"ext":{}}`
	quote := func(payload string) string { return string(must(json.Marshal(payload))) }
	deep := `{"a":` + strings.Repeat("[", 2*exactjson.MaxDepth) + strings.Repeat("]", 2*exactjson.MaxDepth) + `}`
	ext := func(ext string) string { return strings.Replace(usual, `"ext":{}`, `"ext":`+ext, 1) }
	for name, tt := range map[string]struct {
		meta   string
		id     roaming.MessageID
		at     int64
		number string
		text   string
		ext    object1
		exact  bool
	}{
		"usual":        {`{"id":"7","timestamp":1,"payload":` + quote(usual) + `}`, 7, 1, "", "hi", object1{}, true},
		"no ID":        {`{"timestamp":1,"payload":` + quote(usual) + `}`, 0, 1, "", "hi", object1{}, false},
		"ID 0":         {`{"id":0,"timestamp":1,"payload":` + quote(usual) + `}`, 0, 1, "", "hi", object1{}, false},
		"no time":      {`{"id":"7","payload":` + quote(usual) + `}`, 7, 0, "", "hi", object1{}, false},
		"time 0":       {`{"id":"7","timestamp":"0","payload":` + quote(usual) + `}`, 7, 0, "0", "hi", object1{}, false},
		"microseconds": {`{"id":"7","timestamp":1763600000000000,"payload":` + quote(usual) + `}`, 7, 0, "1763600000000000", "hi", object1{}, false},
		"exact numbers": {
			`{"id":"7","timestamp":1,"payload":` + quote(ext(`{"a":[1e400,1.0,-0,123456789012345678901234567890]}`)) + `}`,
			7, 1, "", "hi",
			object1{"a": []any{json.Number("1e400"), json.Number("1.0"), json.Number("-0"), json.Number("123456789012345678901234567890")}},
			true,
		},
		"a name twice":    {`{"id":"7","timestamp":1,"payload":` + quote(ext(`{"a":1,"a":2}`)) + `}`, 7, 1, "", "hi", object1{"a": json.Number("2")}, false},
		"half an emoji":   {`{"id":"7","timestamp":1,"payload":` + quote(ext(`{"a":"\ud83d"}`)) + `}`, 7, 1, "", "hi", object1{"a": "\ufffd"}, false},
		"half, outside":   {`{"id":"7","timestamp":1,"payload":` + strings.Replace(quote(usual), "hi", `\ud83d`, 1) + `}`, 7, 1, "", "\ufffd", object1{}, false},
		"not UTF-8":       {`{"id":"7","timestamp":1,"payload":` + strings.Replace(quote(usual), "hi", "\xff", 1) + `}`, 7, 1, "", "\ufffd", object1{}, false},
		"too deep":        {`{"id":"7","timestamp":1,"payload":` + quote(ext(deep)) + `}`, 7, 1, "", "hi", object1{}, false},
		"ext is a list":   {`{"id":"7","timestamp":1,"payload":` + quote(ext(`[1]`)) + `}`, 7, 1, "", "hi", object1{}, false},
		"ext is empty":    {`{"id":"7","timestamp":1,"payload":` + quote(ext(`""`)) + `}`, 7, 1, "", "hi", object1{}, true},
		"two bodies":      {`{"id":"7","timestamp":1,"payload":` + quote(strings.Replace(usual, `}],`, `},{}],`, 1)) + `}`, 7, 1, "", "hi", object1{}, false},
		"another's words": {`{"id":"7","timestamp":1,"payload":` + quote(strings.Replace(usual, `"chat"`, `"groupchat"`, 1)) + `}`, 7, 1, "", "hi", object1{}, false},
	} {
		entry := `{"session_to":"bob","session_type":"chat","is_top":1,"update_top_status_time":1763600000000000,"meta":` + tt.meta + `}`
		c, err := decodeConversation([]byte(entry), appKey{"org", "app"})
		m := c.LastMessage
		if err != nil || m == nil {
			t.Errorf("%s: %v, %v", name, m, err)
			continue
		}
		at := roaming.Millis(tt.at)
		if m.ID != tt.id || m.Timestamp != at || c.LastActive != at || m.RawTimestamp != tt.number || m.Text != tt.text ||
			m.ChatType != roaming.Chat || m.Conversation != "bob" || !reflect.DeepEqual(m.Ext, tt.ext) {
			t.Errorf("%s: %+v", name, m)
		}
		if want := map[bool]string{true: "", false: tt.meta}[tt.exact]; string(m.Raw) != want {
			t.Errorf("%s: raw %q, want %q", name, m.Raw, want)
		}
		if !c.Pinned || !c.PinnedAt.IsZero() || c.RawPinnedAt != "1763600000000000" {
			t.Errorf("%s: pinned at %s, %q", name, c.PinnedAt, c.RawPinnedAt)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestConversationsOldForm(t *testing.T) {
	s := &service{answer: replies(sample(t, "conversations_old.json"))}
	c, _ := newTest(t, s)
	numbered, err := c.ConversationsPage(t.Context(), "alice", 1, 20)
	if err != nil {
		t.Fatal(err)
	}
	at := roaming.Millis(1763600000000)
	want := []roaming.Conversation{
		{
			ID: "bob_b@x", Type: roaming.Chat, Unread: 3, Marks: []string{}, LastActive: at,
			LastMessage: &roaming.Message{
				ID: 902, Timestamp: at, ChatType: roaming.Chat, Conversation: "bob_b@x", From: "bob_b@x", To: "alice",
				Kind: roaming.Unknown, Body: object1{"type": "location-of-mars", "lat": json.Number("1")}, Ext: object1{},
			},
		},
		{ID: "250000000000003", Type: roaming.Group, Marks: []string{}},
	}
	if diff := cmp.Diff(want, numbered.Items); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(numbered.Bad) != 1 || numbered.Bad[0].Position != 3 {
		t.Errorf("bad items: %v", numbered.Bad)
	}
	recent, err := c.RecentConversations(t.Context(), "alice")
	if diff := cmp.Diff(numbered.Items, recent.Items); diff != "" || err != nil {
		t.Errorf("recent (-want +got): %v\n%s", err, diff)
	}
}

// A conversation with an unreadable last message is in Items and in Bad. A limit
// counts it once.
func TestConversationWithABadMessageCountsOnce(t *testing.T) {
	one := `{"data":{"channel_infos":[{"session_to":"b","session_type":"chat","meta":{"id":"x"}}],"cursor":"next"}}`
	s := &service{answer: replies(one, `{"data":{"channel_infos":[{"session_to":"c","session_type":"chat","meta":{}}],"cursor":"more"}}`)}
	c, _ := newTest(t, s)
	got, err := pages(c.Conversations(t.Context(), "alice", roaming.ConversationQuery{Limit: 2}))
	if err != nil || len(got) != 2 || got[1].Next != "more" {
		t.Fatalf("%+v, %v", got, err)
	}
}

func TestParseJID(t *testing.T) {
	app := appKey{"org", "my_app"}
	tests := map[string]struct {
		name string
		t    roaming.ChatType
	}{
		"org#my_app_bob@easemob.com":              {"bob", roaming.Chat},
		"org#my_app_a_b@c@easemob.com":            {"a_b@c", roaming.Chat},
		"org#my_app_bob@easemob.com/ios_1":        {"bob", roaming.Chat},
		"org#my_app_12@conference.easemob.com":    {"12", roaming.Group},
		"org#my_app_x@easemob.com.cn@easemob.com": {"x@easemob.com.cn", roaming.Chat},
		"bob": {"bob", ""},
		"":    {"", ""},
	}
	for jid, want := range tests {
		name, chatType := parseJID(jid, app)
		if name != want.name || chatType != want.t {
			t.Errorf("%s: %q %q, want %q %q", jid, name, chatType, want.name, want.t)
		}
	}
}

func TestGroupMembers(t *testing.T) {
	full := `{"data":[{"owner":"o"}`
	for i := range membersPage - 1 {
		full += fmt.Sprintf(`,{"member":"m%d"}`, i)
	}
	s := &service{answer: replies(full+`]}`, `{"data":[{"owner":"o"},{"member":"z"},{"other":1}]}`)}
	c, _ := newTest(t, s)
	got, err := pages(c.GroupMembers(t.Context(), "g"))
	if err != nil || len(got) != 2 {
		t.Fatal(len(got), err)
	}
	if len(got[0].Items) != membersPage || got[0].Items[0] != "o" {
		t.Errorf("first page: %d members", len(got[0].Items))
	}
	if diff := cmp.Diff([]string{"z"}, got[1].Items); diff != "" || len(got[1].Bad) != 1 {
		t.Errorf("second page %v (-want +got):\n%s", got[1].Bad, diff)
	}
	// It is a fault of the service (exit 9), not a bug (exit 1).
	if bad := got[1].Bad[0]; fault.KindOf(bad) != fault.Network || !strings.Contains(bad.Error(), "group g") {
		t.Errorf("an unreadable member: %s %v", fault.KindOf(bad), bad)
	}

	s = &service{answer: replies(full + `]}`)}
	c, _ = newTest(t, s)
	if got, err := pages(c.GroupMembers(t.Context(), "g")); err == nil || len(got) != 1 {
		t.Errorf("a service that repeats itself: %d pages, %v", len(got), err)
	}
}
