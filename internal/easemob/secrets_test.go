package easemob

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/roaming"
)

func TestErrorsRedactSecretsInAnswers(t *testing.T) {
	var token string
	c, _ := newTest(t, &service{answer: func(w http.ResponseWriter, r *http.Request, _ int) {
		token = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		b, _ := json.Marshal(map[string]string{"error": token, "error_description": "you sent " + token + " made of " + testSecret})
		reply(w, 400, string(b))
	}})
	err := c.DeleteEverything(t.Context(), "alice")
	if err == nil || token == "" {
		t.Fatalf("got %v, token %q", err, token)
	}
	for _, secret := range []string{token, testSecret} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%q is in the error: %v", secret, err)
		}
	}
	if !strings.Contains(err.Error(), "you sent [redacted]") {
		t.Errorf("the rest of what was said is lost: %v", err)
	}
}

// A token in flight is redacted although many others were used since.
func TestATokenInFlightIsRedacted(t *testing.T) {
	var c *Client
	var token string
	c, _ = newTest(t, &service{answer: func(w http.ResponseWriter, r *http.Request, _ int) {
		for i := range 100 {
			c.secrets.AddRecent(fmt.Sprintf("%x", sha256.Sum256([]byte{byte(i)})))
		}
		token = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		b, _ := json.Marshal(map[string]string{"error": "x", "error_description": "you sent " + token})
		reply(w, 400, string(b))
	}})
	_, err := pages(c.Conversations(t.Context(), "alice", roaming.ConversationQuery{}))
	if err == nil || !strings.Contains(err.Error(), "you sent [redacted]") || strings.Contains(err.Error(), token) {
		t.Error(err)
	}
}

func TestALongWaitWarns(t *testing.T) {
	var told []string
	c, clock := newTest(t, &service{answer: func(w http.ResponseWriter, _ *http.Request, n int) {
		if n > 1 {
			reply(w, 200, `{"requestStatusCode":"ok"}`)
			return
		}
		w.Header().Set("Retry-After", "90")
		reply(w, 429, `{}`)
	}}, func(o *Options) { o.Warn = func(err error) { told = append(told, err.Error()) } })
	ref := roaming.Ref{User: "alice", Conversation: "bob", Type: roaming.Chat}
	if err := c.DeleteMessages(t.Context(), ref, []roaming.MessageID{1}, true); err != nil {
		t.Fatal(err)
	}
	if len(clock.sleeps) != 1 || len(told) != 1 || !strings.Contains(told[0], "retrying in 1m30s") {
		t.Errorf("slept %v, warned %q", clock.sleeps, told)
	}
}
