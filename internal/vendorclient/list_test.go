package vendorclient

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// byCursor lists a user's conversations with the client, page by page.
func (v *vendor) byCursor(t *testing.T, size int) (all []conversation) {
	t.Helper()
	cursor := ""
	for {
		var page struct {
			Data struct {
				Conversations []theirConversation
				Cursor        string
			}
		}
		v.must(t, &page, "getServerConversations", object{"pageSize": size, "cursor": cursor})
		all = append(all, see(page.Data.Conversations)...)
		if cursor = page.Data.Cursor; cursor == "" || len(page.Data.Conversations) == 0 {
			return all
		}
	}
}

// channel is an entry of the two older lists.
type channel struct {
	ChannelID   string `json:"channel_id"`
	UnreadNum   int    `json:"unread_num"`
	LastMessage theirMessage
	Meta        struct{ ID string } // getSessionList leaves the message as it came
}

type channels struct {
	Data struct {
		ChannelInfos []channel `json:"channel_infos"`
	}
}

// seen leaves the rest of a conversation empty.
func (c channel) seen() conversation {
	id, domain, _ := strings.Cut(c.ChannelID, "@")
	_, id, _ = strings.Cut(id, "_")
	seen := conversation{ID: id, Type: "chat", Unread: c.UnreadNum}
	if domain == "conference.easemob.com" {
		seen.Type = "group"
	}
	last := message{ID: c.Meta.ID}
	if len(c.LastMessage) > 0 {
		last = c.LastMessage.seen()
	}
	seen.Last = &last
	return seen
}

// ours lists conversations with roamctl.
func (s *sandbox) ours(t *testing.T, user string, flags ...string) []conversation {
	t.Helper()
	args := append([]string{"conversations", "list", "--user", user, "--all"}, flags...)
	return see(list[ourConversation](t, s, args...))
}

// brief removes the fields that the older lists do not have.
func brief(full []conversation) []conversation {
	cut := make([]conversation, 0, len(full))
	for _, c := range full {
		cut = append(cut, conversation{ID: c.ID, Type: c.Type, Unread: c.Unread, Last: c.Last})
	}
	return cut
}

func TestConversationLists(t *testing.T) {
	need(t)
	s := start(t, historyFile(t))
	v := s.vendor(t, "alice")
	want := s.ours(t, "alice")
	if len(want) != peers+2 {
		t.Fatalf("roamctl lists %d conversations, want %d", len(want), peers+2)
	}

	for _, size := range []int{1, 7, 50} {
		if diff := cmp.Diff(want, v.byCursor(t, size)); diff != "" {
			t.Errorf("by cursor, %d a page (-roamctl +vendor):\n%s", size, diff)
		}
	}

	var numbered []conversation
	for number := 1; ; number++ {
		var page channels
		v.must(t, &page, "getConversationlist", object{"pageNum": number, "pageSize": 20})
		if len(page.Data.ChannelInfos) == 0 {
			break
		}
		numbered = append(numbered, see(page.Data.ChannelInfos)...)
	}
	if diff := cmp.Diff(brief(want), numbered); diff != "" {
		t.Errorf("by page number (-roamctl +vendor):\n%s", diff)
	}

	var recent channels
	v.must(t, &recent, "getSessionList")
	tenMostRecent := brief(want)[:10]
	for i, c := range tenMostRecent {
		tenMostRecent[i].Last = &message{ID: c.Last.ID}
	}
	if diff := cmp.Diff(tenMostRecent, see(recent.Data.ChannelInfos)); diff != "" {
		t.Errorf("recent (-roamctl +vendor):\n%s", diff)
	}
}

func TestPinnedConversation(t *testing.T) {
	need(t)
	s := start(t, historyFile(t))
	v := s.vendor(t, "alice")
	v.must(t, nil, "pinConversation", object{"conversationId": "peer03", "conversationType": "singleChat", "isPinned": true})
	want := s.ours(t, "alice", "--pinned")
	if len(want) != 1 || want[0].ID != "peer03" || !want[0].Pinned {
		t.Fatalf("roamctl lists %v as pinned, want peer03", want)
	}
	if diff := cmp.Diff(s.ours(t, "alice"), v.byCursor(t, 50)); diff != "" {
		t.Errorf("(-roamctl +vendor):\n%s", diff)
	}
}
