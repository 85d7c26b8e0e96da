package sandbox

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
)

// FuzzImport: whatever a history file holds, the import ends, and everything
// that it took can be fetched again.
func FuzzImport(f *testing.F) {
	f.Add([]byte(record(7, 1, "chat", "dora", "emil", aText)))
	f.Add([]byte(record(8, 2, "groupchat", "dora", "g", `{"type":"custom","v2:customExts":{"a":[1,null]}}`)))
	f.Add([]byte("\x1f\x8b\x08broken"))
	f.Add([]byte(`{"msg_id":1,"timestamp":"1500000000002","chat_type":"chat","payload":{"from":"dora","to":"emil","bodies":[{"type":"x"}],"ext":[]}}`))
	s, err := Open(f.Context(), Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	f.Fuzz(func(t *testing.T, file []byte) {
		w := world{s: s, clock: &clock{now: s.options.Now()}}
		got, err := s.Import(t.Context(), bytes.NewReader(file), nil)
		if got.Imported+got.Duplicates+got.Bad != got.Records {
			t.Errorf("%+v does not add up (%v)", got, err)
		}
		if got.Imported == 0 {
			return
		}
		users, err := s.store.Users(t.Context(), 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range users[max(0, len(users)-3):] { // the newest
			if status, body := w.do(t, "GET", "/sdk/user/"+url.PathEscape(u.Name)+"/user_channels/list", w.auth(t, u.Name), ""); status == 500 {
				t.Error(string(body))
			}
		}
		historyIDs(t, w, "dora", "emil@easemob.com")
	})
}

// FuzzRequests: whatever a body holds, the answer is the service's, not a 500.
func FuzzRequests(f *testing.F) {
	paths := []string{
		"POST /token -", "POST /users/alice/messageroaming alice", "DELETE /users/alice/user_channel app",
		"POST /sdk/user/alice/user_channel/top alice", "POST /sdk/user/alice/user_channels/mark alice",
		"POST /messages/users/import app", "POST /messages/chatgroups/import app", "POST /messages/msg_recall app",
		"POST /messages/batch_recall app",
	}
	for _, body := range []string{
		historyBody, `{"queue":"g1@conference.easemob.com","start":-1,"userIds":["a",1],"msgType":null}`,
		`{"channel":"bob","type":"chat","delete_roam":true}`, `{"mark":"mark_1","targets":[{"type":"chat","to":"bob"}]}`,
		`{"from":"alice","target":"bob","type":"loc","body":{"lat":"1","lng":{},"size":[]},"ext":{"a":1e999}}`,
		`{"grant_type":"password","username":"bob","password":"x","ttl":1.5}`, `{"msg_id":"101","to":"bob","chat_type":"chat","force":true}`,
		`{"msgs":[{"msg_id":"101","to":"bob","chat_type":"chat","force":true},null]}`,
	} {
		for i := range paths {
			f.Add(i, body)
		}
	}
	w := newWorld(f, Options{})
	f.Fuzz(func(t *testing.T, which int, body string) {
		parts := strings.Fields(paths[((which%len(paths))+len(paths))%len(paths)])
		status, answer := w.do(t, parts[0], parts[1], w.auth(t, parts[2]), body)
		if status >= 500 || !json.Valid(answer) {
			t.Errorf("%s: %d %s", parts[1], status, answer)
		}
		if status, answer = w.do(t, "POST", "/users/alice/messageroaming", w.auth(t, "alice"), historyBody); status != 200 {
			t.Errorf("the history is broken: %d %s", status, answer)
		}
	})
}
