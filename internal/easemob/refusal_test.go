package easemob

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// A refusal of a conversation's history concerns that conversation, unless the
// contract says that it is about the app, the user or the credentials.
func TestScopeOfRefusals(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		body   string
		one    bool
	}{
		"not found":         {404, `{"error":"service_resource_not_found","exception":"do not find this group:42"}`, true},
		"forbidden":         {403, `{"error":"forbidden_op"}`, true},
		"bad request":       {400, `{"error":"illegal_argument","error_description":"queue"}`, true},
		"not JSON":          {404, `gone`, true},
		"not open":          {403, `{"error":"function_not_open_error","error_code":15001,"error_description":"messageroaming function not open"}`, false},
		"not bought":        {400, `{"error":"service open exception","error_description":"this appKey not open message roaming"}`, false},
		"no such app":       {404, `{"error":"organization_application_not_found"}`, false},
		"deactivated":       {400, `{"error":"invalid_grant","error_description":"user not activated"}`, false},
		"wrong credentials": {400, `{"error":"invalid_grant","error_description":"client_id does not match"}`, false},
		"unauthorized":      {401, `{"error":"unauthorized"}`, false},
		"proxy":             {407, ``, false},
		"slow":              {408, ``, false},
		"too fast":          {429, `{"error":"resource_limited"}`, false},
		"broken":            {500, `{}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := newOffline(t, func(int) (*http.Response, error) { return response(tt.status, nil, tt.body), nil })
			ref := roaming.Ref{User: "alice", Conversation: "42", Type: roaming.Group}
			for _, err := range c.History(t.Context(), ref, roaming.HistoryQuery{}) {
				if err == nil || fault.AffectsOneConversation(err) != tt.one {
					t.Errorf("%+v", err)
				}
			}
			if err := c.DeleteEverything(t.Context(), "alice"); fault.AffectsOneConversation(err) {
				t.Errorf("a deletion: %v", err)
			}
		})
	}
}

// TestRefusals holds the client against the refusals of docs/contract.md.
func TestRefusals(t *testing.T) {
	var samples []struct {
		Of, Scope, Hint string
		Kind            fault.Kind
		Status, Calls   int
		Body            json.RawMessage
	}
	if err := json.Unmarshal([]byte(sample(t, "refusals.json")), &samples); err != nil {
		t.Fatal(err)
	}
	scopes := map[string]fault.Scope{"": fault.ByKind, "conversation": fault.OneConversation, "user": fault.OneUser, "app": fault.WholeApp}
	for _, tt := range samples {
		t.Run(tt.Of, func(t *testing.T) {
			calls := 0
			s := &service{answer: func(w http.ResponseWriter, _ *http.Request, n int) {
				calls = n
				reply(w, tt.Status, string(tt.Body))
			}}
			c, _ := newTest(t, s, func(o *Options) { o.Retry.Attempts = 3 })
			f, ok := errors.AsType[*fault.Error](c.DeleteMessages(t.Context(), alice("bob", roaming.Chat), []roaming.MessageID{1}, true))
			if !ok || f.Kind != tt.Kind || f.Scope != scopes[tt.Scope] || f.Status != tt.Status || !strings.Contains(f.Hint, tt.Hint) || calls != tt.Calls {
				t.Errorf("%d calls: %+v", calls, f)
			}
		})
	}
}
