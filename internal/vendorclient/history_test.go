package vendorclient

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// talk is a conversation as each side names it.
type talk struct {
	id, theirs, ours string
}

var (
	withBob = talk{"bob", "singleChat", "chat"}
	inGroup = talk{group, "groupChat", "group"}
	inRoom  = talk{room, "chatRoom", "room"}
)

// history reads a conversation with the client, page by page.
func (v *vendor) history(t *testing.T, c talk, direction string, size int, search object) (all []message) {
	t.Helper()
	if search == nil {
		search = object{}
	}
	var cursor any = -1
	for {
		var page struct {
			Cursor   json.RawMessage
			Messages []theirMessage
			IsLast   bool
		}
		v.must(t, &page, "getHistoryMessages", object{
			"targetId": c.id, "chatType": c.theirs, "pageSize": size, "searchDirection": direction,
			"cursor": cursor, "searchOptions": search,
		})
		all = append(all, see(page.Messages)...)
		if page.IsLast || len(page.Messages) == 0 {
			return all
		}
		cursor = page.Cursor
	}
}

// history reads a conversation with roamctl.
func (s *sandbox) history(t *testing.T, user string, c talk, flags ...string) []message {
	t.Helper()
	args := append([]string{"messages", "fetch", "--user", user, "--conversation", c.id, "--type", c.ours, "--all"}, flags...)
	return see(list[ourMessage](t, s, args...))
}

func ids(messages []message) []string {
	all := make([]string, 0, len(messages))
	for _, m := range messages {
		all = append(all, m.ID)
	}
	return all
}

func TestHistoryBothWays(t *testing.T) {
	need(t)
	s := start(t, historyFile(t))
	for name, test := range map[string]struct {
		talk talk
		want int
	}{
		"chat":  {withBob, texts + len(bodies())},
		"group": {inGroup, len(bodies())},
		"room":  {inRoom, roomTexts},
	} {
		t.Run(name, func(t *testing.T) {
			v := s.vendor(t, "alice")
			for _, direction := range []string{"up", "down"} {
				want := s.history(t, "alice", test.talk, "--direction", direction)
				if len(want) != test.want {
					t.Fatalf("%s: roamctl fetches %d messages, want %d", direction, len(want), test.want)
				}
				for _, size := range []int{4, 50} {
					if diff := cmp.Diff(want, v.history(t, test.talk, direction, size, nil)); diff != "" {
						t.Errorf("%s, %d a page (-roamctl +vendor):\n%s", direction, size, diff)
					}
				}
			}
		})
	}
}

func TestEveryKindArrivesWhole(t *testing.T) {
	need(t)
	s := start(t, historyFile(t))
	got := s.vendor(t, "alice").history(t, inGroup, "down", 50, nil)
	if len(got) != len(bodies()) {
		t.Fatalf("the client got %d messages, want %d", len(got), len(bodies()))
	}
	for i, body := range bodies() {
		// Through JSON, as the client's answer came.
		sent := decoded(t, body)
		kind, _ := sent["type"].(string)
		if sent["subType"] == "sub_combine" {
			kind = "combine"
		}
		want := message{Kind: kind, Facts: pick(kind, sent)}
		if kind == "txt" {
			want.Text, _ = sent["msg"].(string)
		}
		have := message{Kind: got[i].Kind, Text: got[i].Text, Facts: got[i].Facts}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("%s (-sent +vendor):\n%s", kind, diff)
		}
	}
}

func decoded(t *testing.T, v any) (o object) {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestHistoryFilters(t *testing.T) {
	need(t)
	s := start(t, historyFile(t))
	v := s.vendor(t, "alice")
	everything := s.history(t, "alice", inGroup)

	byKind := v.history(t, inGroup, "up", 3, object{"msgTypes": []string{"img", "loc"}})
	if diff := cmp.Diff(s.history(t, "alice", inGroup, "--kind", "img", "--kind", "loc"), byKind); diff != "" || len(byKind) != 2 {
		t.Errorf("by kind, %d messages (-roamctl +vendor):\n%s", len(byKind), diff)
	}

	bySender := v.history(t, inGroup, "up", 3, object{"from": "carol"})
	if diff := cmp.Diff(s.history(t, "alice", inGroup, "--from", "carol"), bySender); diff != "" || len(bySender) != 3 {
		t.Errorf("by sender, %d messages (-roamctl +vendor):\n%s", len(bySender), diff)
	}

	since, until := everything[6].Time, everything[2].Time
	byTime := v.history(t, inGroup, "up", 3, object{"startTime": since, "endTime": until})
	within := slices.DeleteFunc(slices.Clone(everything), func(m message) bool { return m.Time < since || m.Time > until })
	if diff := cmp.Diff(within, byTime); diff != "" {
		t.Errorf("by time (-roamctl +vendor):\n%s", diff)
	}
}
