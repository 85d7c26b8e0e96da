package easemob

import (
	"net/http"
	"strings"
	"testing"

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
