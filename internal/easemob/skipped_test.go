package easemob

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// A 200 that skipped conversations has not done what was asked.
func TestSkippedConversationsAreReported(t *testing.T) {
	const ignore = `"ignore":[{"to":"bob","type":"chat"},{"to":"42","type":"groupchat"}]`
	var warned []error
	c, _ := newOffline(t, func(n int) (*http.Response, error) {
		if n == 1 {
			return response(200, nil, `{"data":{"result":"ok",`+ignore+`}}`), nil
		}
		return response(200, nil, `{"data":{"channel_infos":[],"cursor":"",`+ignore+`}}`), nil
	}, func(o *Options) { o.Warn = func(err error) { warned = append(warned, err) } })
	err := c.DeleteConversation(t.Context(), alice("bob", roaming.Chat), true)
	if fault.KindOf(err) != fault.Refused || !strings.Contains(err.Error(), "skipped chat bob, group 42") {
		t.Errorf("a deletion: %v", err)
	}
	if _, err := pages(c.Conversations(t.Context(), "alice", roaming.ConversationQuery{})); err != nil || len(warned) != 1 || !strings.Contains(warned[0].Error(), "skipped chat bob, group 42") {
		t.Errorf("a listing: %v, warned of %v", err, warned)
	}
}

// A list that is as long as a list can be is reported, once for each user, whatever
// type is selected and whether or not its entries can be read.
func TestFullListsAreReported(t *testing.T) {
	page := func(from, to int, cursor string) string {
		entries := make([]string, 0, to-from)
		for i := range to - from {
			entries = append(entries, fmt.Sprintf(`{"session_to":"u%d","session_type":"chat","meta":{}}`, from+i))
		}
		return `{"data":{"channel_infos":[` + strings.Join(entries, ",") + `],"cursor":"` + cursor + `"}}`
	}
	unreadable := strings.Replace(page(50, 100, ""), `"u99"`, `""`, 1)
	for name, tt := range map[string]struct {
		query roaming.ConversationQuery
		pages []string
		want  []string
	}{
		"99":              {pages: []string{page(0, 50, "a"), page(50, 99, "")}},
		"100":             {pages: []string{page(0, 50, "a"), page(50, 100, "")}, want: []string{"alice 100"}},
		"100, groups":     {query: roaming.ConversationQuery{Type: roaming.Group}, pages: []string{page(0, 50, "a"), page(50, 100, "")}, want: []string{"alice 100"}},
		"an entry is bad": {pages: []string{page(0, 50, "a"), unreadable}, want: []string{"alice 100"}},
		"a repeated one":  {pages: []string{page(0, 50, "a"), page(49, 99, "")}},
		"100 and more":    {pages: []string{page(0, 50, "a"), page(50, 100, "b"), page(100, 101, "")}},
		"not to its end":  {query: roaming.ConversationQuery{Limit: 100}, pages: []string{page(0, 50, "a"), page(50, 100, "b")}},
		"from a cursor":   {query: roaming.ConversationQuery{Cursor: "z"}, pages: []string{page(0, 50, "a"), page(50, 100, "")}},
	} {
		t.Run(name, func(t *testing.T) {
			var found []string
			c, _ := newOffline(t, func(n int) (*http.Response, error) {
				return response(200, nil, tt.pages[(n-1)%len(tt.pages)]), nil
			}, func(o *Options) {
				o.OnFullList = func(user string, n int) { found = append(found, fmt.Sprint(user, " ", n)) }
			})
			for range 2 {
				if _, err := pages(c.Conversations(t.Context(), "alice", tt.query)); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(tt.want, found); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
