package easemob

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// listings reads each list of the service to its end or error.
func listings(c *Client) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"users": func(ctx context.Context) error {
			_, err := pages(c.Users(ctx, roaming.UserQuery{}))
			return err
		},
		"a user's groups": func(ctx context.Context) error {
			_, err := pages(c.UserGroups(ctx, "alice"))
			return err
		},
		"group members": func(ctx context.Context) error {
			_, err := pages(c.GroupMembers(ctx, "g"))
			return err
		},
		"conversations": func(ctx context.Context) error {
			_, err := pages(c.Conversations(ctx, "alice", roaming.ConversationQuery{}))
			return err
		},
		"a numbered page of conversations": func(ctx context.Context) error {
			_, err := c.ConversationsPage(ctx, "alice", 1, 20)
			return err
		},
		"recent conversations": func(ctx context.Context) error {
			_, err := c.RecentConversations(ctx, "alice")
			return err
		},
		"history": func(ctx context.Context) error {
			_, err := pages(c.History(ctx, alice("bob", roaming.Chat), roaming.HistoryQuery{}))
			return err
		},
	}
}

// Every listing refuses a page with more than maxEntries entries, however small they
// are, and reads one with maxEntries.
func TestEntriesAreBounded(t *testing.T) {
	page := func(n int) string {
		list := "[" + strings.Repeat("1,", n-1) + "1]"
		return `{"entities":` + list + `,"total":1,"data":` + list + `}`
	}
	nested := func(n int) string {
		list := "[" + strings.Repeat("1,", n-1) + "1]"
		return `{"data":{"channel_infos":` + list + `,"msgs":` + list + `,"is_last":true,"cursor":""}}`
	}
	const tooMany = "more than 2000 items"
	var answer string
	c, _ := newTest(t, &service{answer: func(w http.ResponseWriter, _ *http.Request, _ int) { reply(w, 200, answer) }})
	for name, read := range listings(c) {
		body := page
		if strings.Contains(name, "conversations") || name == "history" {
			body = nested
		}
		answer = body(maxEntries + 1)
		if err := read(t.Context()); fault.KindOf(err) != fault.Network || !strings.Contains(err.Error(), tooMany) {
			t.Errorf("%s: %v", name, err)
		}
		answer = body(maxEntries)
		if err := read(t.Context()); err != nil && strings.Contains(err.Error(), tooMany) {
			t.Errorf("%s, within the bound: %v", name, err)
		}
	}
}

// An answer with a huge header, or with endless headers, is a network error. The
// error does not keep the header.
func TestHeadersAreBounded(t *testing.T) {
	for name, send := range map[string]func(h http.Header, bytes int){
		"one header":   func(h http.Header, n int) { h.Set("X-Request-Id", strings.Repeat("x", n)) },
		"many headers": func(h http.Header, n int) { h["X-Many"] = make([]string, n/10) },
	} {
		size := 0
		c, _ := newTest(t, &service{answer: func(w http.ResponseWriter, _ *http.Request, _ int) {
			send(w.Header(), size)
			reply(w, 200, `{"entities":[],"total":0,"data":[]}`)
		}}, func(o *Options) { o.Retry.Attempts = 1 })
		read := listings(c)["users"]
		size = 4 << 10
		if err := read(t.Context()); err != nil {
			t.Errorf("%s of %d bytes: %v", name, size, err)
		}
		size = 2 * maxHeader
		err := read(t.Context())
		if said := fmt.Sprint(err); fault.KindOf(err) != fault.Network || len(said) > 1000 {
			t.Errorf("%s of %d bytes: %.1000s", name, size, said)
		}
	}
}
