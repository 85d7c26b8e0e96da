package live_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// notice is a notice's JSON (docs/contract.md, section 13).
type notice struct {
	Type string
	Data map[string]any
}

func (d *device) heard() (list []notice) {
	d.t.Helper()
	for _, g := range d.drain(d.user) {
		var n notice
		if err := json.Unmarshal([]byte(g.Text), &n); err != nil {
			d.t.Fatal(err)
		}
		delete(n.Data, "ts")
		list = append(list, n)
	}
	return list
}

func TestNotices(t *testing.T) {
	const at = 1700000000000
	roaming := func(to, kind, device string) []notice {
		return []notice{{"roaming_delete", map[string]any{"to": to, "chatType": kind, "resource": device, "msgIdList": []any{"ID"}}}}
	}
	untilAt := []notice{{"roaming_delete", map[string]any{"to": "g", "chatType": "groupchat", "resource": "", "deleteTime": float64(at)}}}
	conv := func(op, device, ext string) []notice {
		data := map[string]any{"op": op, "id": "bob", "type": "chat", "res": device, "from": "alice"}
		if ext != "" {
			data["ext"] = ext
		}
		return []notice{{"conv", data}}
	}
	const mark = `{"mark":"mark_3","targets":[{"type":"chat","to":"bob"}]}`
	for name, test := range map[string]struct {
		method, path, user, body string
		want                     []notice
	}{
		"by ID":                 {"DELETE", "/rest/message/roaming/chat/user/alice?userId=bob&msgIdList=%d&isNotify=true", "", "", roaming("bob", "chat", "")},
		"by ID, default":        {"DELETE", "/rest/message/roaming/chat/user/alice?userId=bob&msgIdList=%d", "", "", roaming("bob", "chat", "")},
		"by ID, quietly":        {"DELETE", "/rest/message/roaming/chat/user/alice?userId=bob&msgIdList=%d&isNotify=false", "", "", nil},
		"by time, group":        {"DELETE", "/rest/message/roaming/group/user/alice/time?groupId=g&delTime=1700000000000", "", "", untilAt},
		"by a device":           {"DELETE", "/sdk/message/roaming/chat/user/alice?userId=bob&msgIdList=%d&resource=a1", "alice", "", roaming("bob", "chat", "a1")},
		"conversation":          {"DELETE", "/users/alice/user_channel", "", `{"channel":"bob","type":"chat","delete_roam":false}`, conv("del", "", "")},
		"conversation, device":  {"DELETE", "/user/alice/user_channel?resource=a1", "alice", `{"channel":"bob","type":"chat","delete_roam":true}`, conv("del", "a1", "")},
		"conversation, quietly": {"DELETE", "/users/alice/user_channel?isNotify=false", "", `{"channel":"bob","type":"chat","delete_roam":false}`, nil},
		"pin":                   {"POST", "/sdk/user/alice/user_channel/top?resource=a1", "alice", `{"type":"chat","to":"bob"}`, conv("top", "a1", "")},
		"unpin":                 {"DELETE", "/sdk/user/alice/user_channel/top?type=chat&to=bob&resource=a1", "alice", "", conv("not_top", "a1", "")},
		"mark":                  {"POST", "/sdk/user/alice/user_channels/mark?resource=a1", "alice", mark, conv("mark", "a1", "mark_3")},
		"unmark":                {"DELETE", "/sdk/user/alice/user_channels/mark?resource=a1", "alice", mark, conv("mark_delete", "a1", "mark_3")},
		"everything: left open": {"POST", "/rest/message/roaming/user/alice/delete/all", "", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "")
			a1, a2, bob := w.connect(t, "alice", "a1"), w.connect(t, "alice", "a2"), w.connect(t, "bob", "b1")
			id := a1.send("bob", "hello")
			a1.send("g", "hello")
			if strings.Contains(test.path, "%d") {
				test.path = fmt.Sprintf(test.path, id)
			}
			w.rest(t, test.method, test.path, test.user, test.body)
			if test.want != nil {
				a2.notice("alice")
			}
			for _, n := range test.want {
				if n.Data["msgIdList"] != nil {
					n.Data["msgIdList"] = []any{fmt.Sprint(id)}
				}
			}
			check(t, "the other device", test.want, a2.heard())
			if test.user != "" {
				test.want = nil // it asked for it
			}
			check(t, "the first device", test.want, a1.heard())
			check(t, "the first device again", nil, a1.heard())
			check(t, "another user's", nil, bob.heard())
			if n := len(bob.drain("alice")); n != 1 {
				t.Errorf("bob has %d messages, want the one that alice lost", n)
			}
		})
	}
}

// A device that reconnects is notified of what happened meanwhile; a new one, which has
// no history to lose, does not.
func TestOfflineDevicesGetNoticesLater(t *testing.T) {
	w := newWorld(t, t.TempDir())
	a1 := w.connect(t, "alice", "a1")
	id := a1.send("bob", "hello")
	_ = a1.conn.CloseNow()
	w.rest(t, "DELETE", fmt.Sprintf("/rest/message/roaming/chat/user/alice?userId=bob&msgIdList=%d", id), "", "")
	check(t, "a new device", nil, w.connect(t, "alice", "a2").heard())
	a1 = w.connect(t, "alice", "a1")
	check(t, "unread", map[string]int{"alice": 1}, a1.unread())
	check(t, "the device that was away", 1, len(a1.heard()))
	check(t, "a second time", 0, len(w.connect(t, "alice", "a1").heard()))
}

// rest does a REST call with an app token, or a user's, and returns the answer.
func (w *world) rest(t testing.TB, method, path, user, body string) []byte {
	t.Helper()
	app := strings.Replace(w.box.Credentials().AppKey, "#", "/", 1)
	r, err := http.NewRequestWithContext(t.Context(), method, w.http.URL+"/"+app+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	tok := w.appToken(t)
	if user != "" {
		tok = w.dynamic(user, time.Now(), time.Hour)
	}
	r.Header.Set("Authorization", "Bearer "+tok)
	res, err := w.http.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s", method, path, res.Status)
	}
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (w *world) appToken(t testing.TB) string {
	t.Helper()
	c, err := w.box.Admin()
	if err != nil {
		t.Fatal(err)
	}
	return c.Token
}
