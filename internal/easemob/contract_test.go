package easemob

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/roaming"
)

// TestRequests compares the request of each call with docs/contract.md.
func TestRequests(t *testing.T) {
	at := time.UnixMilli(1763600000123)
	history := func(ref roaming.Ref, q roaming.HistoryQuery) func(context.Context, *Client) error {
		return func(ctx context.Context, c *Client) error {
			_, err := pages(c.History(ctx, ref, q))
			return err
		}
	}
	tests := []struct {
		name   string
		do     func(context.Context, *Client) error
		answer string
		want   request // Auth: "app" or "user"
	}{
		{"list by cursor", func(ctx context.Context, c *Client) error {
			_, err := pages(c.Conversations(ctx, "alice", roaming.ConversationQuery{Cursor: "c1", Limit: 5}))
			return err
		}, "conversations_cursor.json", request{
			"GET", "/org/app/sdk/user/alice/user_channels/list", "cursor=c1&limit=5&needEmptySession=false&need_mark=true", "user", "",
		}},
		{"list pinned and empty", func(ctx context.Context, c *Client) error {
			_, err := pages(c.Conversations(ctx, "alice", roaming.ConversationQuery{Limit: 5, PinnedOnly: true, IncludeEmpty: true}))
			return err
		}, "conversations_cursor.json", request{
			"GET", "/org/app/sdk/user/alice/user_channels/list", "cursor=&is_top=true&limit=5&needEmptySession=true&need_mark=true", "user", "",
		}},
		{"list by page", func(ctx context.Context, c *Client) error {
			_, err := c.ConversationsPage(ctx, "alice", 2, 20)
			return err
		}, "conversations_old.json", request{"GET", "/org/app/users/alice/user_channels/page", "pageNum=2&pageSize=20", "user", ""}},
		{"recent", func(ctx context.Context, c *Client) error {
			_, err := c.RecentConversations(ctx, "alice")
			return err
		}, "conversations_old.json", request{"GET", "/org/app/users/alice/user_channels", "", "user", ""}},
		{"history", history(alice("bob", roaming.Chat), roaming.HistoryQuery{}), "history_kinds.json", request{
			"POST", "/org/app/users/alice/messageroaming", "", "user",
			`{"queue":"bob@easemob.com","start":"","end":-1,"pull_number":50,"is_positive":false}`,
		}},
		{"history filtered", history(alice("g1", roaming.Group), roaming.HistoryQuery{
			Direction: roaming.Down, Start: "77", PageSize: 7, Since: at.Add(time.Nanosecond), Until: at.Add(time.Nanosecond),
			Senders: []string{"bob", "carol"}, Kinds: []roaming.Kind{roaming.Text, roaming.Image},
		}), "history_kinds.json", request{
			"POST", "/org/app/users/alice/messageroaming", "", "user",
			`{"queue":"g1@conference.easemob.com","start":"77","end":-1,"pull_number":7,"is_positive":true,
			  "msgType":"txt,img","startTime":1763600000124,"endTime":1763600000123,"userIds":["bob","carol"]}`,
		}},
		{"history of a group by one sender", history(alice("g1", roaming.Group), roaming.HistoryQuery{Senders: []string{"bob"}}), "history_kinds.json", request{
			"POST", "/org/app/users/alice/messageroaming", "", "user",
			`{"queue":"g1@conference.easemob.com","start":"","end":-1,"pull_number":50,"is_positive":false,"userId":"bob"}`,
		}},
		{"history of a room", history(alice("r1", roaming.Room), roaming.HistoryQuery{}), "history_kinds.json", request{
			"POST", "/org/app/users/alice/messageroaming", "", "user",
			`{"queue":"r1@conference.easemob.com","start":"","end":-1,"pull_number":50,"is_positive":false}`,
		}},
		{"delete by ID", func(ctx context.Context, c *Client) error {
			return c.DeleteMessages(ctx, alice("bob", roaming.Chat), []roaming.MessageID{1, 18446744073709551615}, true)
		}, "deleted.json", request{
			"DELETE", "/org/app/rest/message/roaming/chat/user/alice", "isNotify=true&msgIdList=1%2C18446744073709551615&userId=bob", "app", "",
		}},
		{"delete by ID, group", func(ctx context.Context, c *Client) error {
			return c.DeleteMessages(ctx, alice("g1", roaming.Group), []roaming.MessageID{1}, false)
		}, "deleted.json", request{
			"DELETE", "/org/app/rest/message/roaming/group/user/alice", "groupId=g1&isNotify=false&msgIdList=1", "app", "",
		}},
		{"delete by time", func(ctx context.Context, c *Client) error {
			return c.DeleteMessagesBefore(ctx, alice("bob", roaming.Chat), at.Add(time.Microsecond), true)
		}, "deleted.json", request{
			"DELETE", "/org/app/rest/message/roaming/chat/user/alice/time", "delTime=1763600000123&isNotify=true&userId=bob", "app", "",
		}},
		{"delete by time, room", func(ctx context.Context, c *Client) error {
			return c.DeleteMessagesBefore(ctx, alice("r1", roaming.Room), at, true)
		}, "deleted.json", request{
			"DELETE", "/org/app/rest/message/roaming/group/user/alice/time", "delTime=1763600000123&groupId=r1&isNotify=true", "app", "",
		}},
		{"delete everything", func(ctx context.Context, c *Client) error {
			return c.DeleteEverything(ctx, "alice")
		}, "deleted.json", request{"POST", "/org/app/rest/message/roaming/user/alice/delete/all", "", "app", ""}},
		{"delete a conversation", func(ctx context.Context, c *Client) error {
			return c.DeleteConversation(ctx, alice("bob", roaming.Chat), true)
		}, "conversation_deleted.json", request{
			"DELETE", "/org/app/users/alice/user_channel", "", "app", `{"channel":"bob","type":"chat","delete_roam":true}`,
		}},
		{"delete a group conversation", func(ctx context.Context, c *Client) error {
			return c.DeleteConversation(ctx, alice("g1", roaming.Group), false)
		}, "conversation_deleted.json", request{
			"DELETE", "/org/app/users/alice/user_channel", "", "app", `{"channel":"g1","type":"groupchat","delete_roam":false}`,
		}},
		{"recall what the other side sent", func(ctx context.Context, c *Client) error {
			return recalled(c.Recall(ctx, alice("bob", roaming.Chat), []roaming.Sent{{ID: 18446744073709551615, From: "bob"}}, true))
		}, "recalled.json", request{
			"POST", "/org/app/messages/msg_recall", "", "app",
			`{"msg_id":"18446744073709551615","to":"alice","from":"bob","chat_type":"chat","force":true}`,
		}},
		{"recall what the user sent", func(ctx context.Context, c *Client) error {
			return recalled(c.Recall(ctx, alice("bob", roaming.Chat), []roaming.Sent{{ID: 1, From: "alice"}}, false))
		}, "recalled.json", request{
			"POST", "/org/app/messages/msg_recall", "", "app", `{"msg_id":"1","to":"bob","from":"alice","chat_type":"chat","force":false}`,
		}},
		{"recall in a room", func(ctx context.Context, c *Client) error {
			return recalled(c.Recall(ctx, alice("r1", roaming.Room), []roaming.Sent{{ID: 1, From: "carol"}}, false))
		}, "recalled.json", request{
			"POST", "/org/app/messages/msg_recall", "", "app", `{"msg_id":"1","to":"r1","from":"carol","chat_type":"chatroom","force":false}`,
		}},
		{"recall a batch", func(ctx context.Context, c *Client) error {
			return recalled(c.Recall(ctx, alice("g1", roaming.Group), []roaming.Sent{{ID: 1, From: "alice"}, {ID: 18446744073709551615, From: "bob"}}, false))
		}, "recalled_batch.json", request{
			"POST", "/org/app/messages/batch_recall", "", "app",
			`{"msgs":[{"msg_id":"1","to":"g1","from":"alice","chat_type":"groupchat","force":false},
			  {"msg_id":"18446744073709551615","to":"g1","from":"bob","chat_type":"groupchat","force":false}]}`,
		}},
		{"names are escaped", func(ctx context.Context, c *Client) error {
			return c.DeleteMessages(ctx, roaming.Ref{User: "a/b 中%{user}", Conversation: "x&y=z", Type: roaming.Chat}, []roaming.MessageID{1}, true)
		}, "deleted.json", request{
			"DELETE", "/org/app/rest/message/roaming/chat/user/a%2Fb%20%E4%B8%AD%25%7Buser%7D", "isNotify=true&msgIdList=1&userId=x%26y%3Dz", "app", "",
		}},
		{"group members", func(ctx context.Context, c *Client) error {
			_, err := pages(c.GroupMembers(ctx, "g1"))
			return err
		}, "members.json", request{"GET", "/org/app/chatgroups/g1/users", "pagenum=1&pagesize=1000", "app", ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &service{answer: replies(sample(t, tt.answer))}
			c, _ := newTest(t, s)
			if err := tt.do(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			asked := s.asked(false)
			if len(asked) != 1 {
				t.Fatalf("%d requests, want 1", len(asked))
			}
			got := asked[0]
			if diff := cmp.Diff(sameJSON(t, tt.want.Body), sameJSON(t, got.Body)); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			got.Auth = who(got.Auth)
			got.Body, tt.want.Body = "", ""
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
		})
	}
}

// who returns the identity whose token a request carries.
func who(authorization string) string {
	value, _ := strings.CutPrefix(authorization, "Bearer ")
	switch {
	case value == "app-token":
		return "app"
	case value == "user-token" || strings.HasPrefix(value, "ZHQt"): // base64 of "dt-"
		return "user"
	}
	return authorization
}

func TestHeaders(t *testing.T) {
	var got http.Header
	s := &service{answer: func(w http.ResponseWriter, r *http.Request, _ int) {
		got = r.Header.Clone()
		reply(w, 200, sample(t, "conversation_deleted.json"))
	}}
	c, _ := newTest(t, s, func(o *Options) { o.UserAgent = "roamctl/1.2" })
	if err := c.DeleteConversation(t.Context(), alice("bob", roaming.Chat), true); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"User-Agent": "roamctl/1.2", "Content-Type": "application/json", "Accept": "application/json"} {
		if got.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, got.Get(name), want)
		}
	}
}
