package live_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/roamctl/roamctl/internal/sandbox"
	"github.com/roamctl/roamctl/internal/sandbox/wire"
)

func TestLogin(t *testing.T) {
	w := newWorld(t, "")
	now := time.Now()
	for name, test := range map[string]struct {
		user, token string
		want        wire.ErrorCode
	}{
		"good":           {"alice", w.dynamic("alice", now, time.Hour), wire.OK},
		"for ever":       {"alice", w.dynamic("alice", now, 0), wire.OK},
		"another user's": {"alice", w.dynamic("bob", now, time.Hour), wire.Unauthorized},
		"an app token":   {"alice", w.appToken(t), wire.Unauthorized},
		"nonsense":       {"alice", "nonsense", wire.Unauthorized},
		"none":           {"alice", "", wire.Unauthorized},
		"expired":        {"alice", w.dynamic("alice", now.Add(-2*time.Hour), time.Hour), wire.TokenExpired},
		"an unknown one": {"nobody", w.dynamic("nobody", now, time.Hour), wire.Fail},
	} {
		t.Run(name, func(t *testing.T) {
			d := w.dial(t, test.user, "r")
			p := d.login(test.token)
			check(t, "status", test.want, p.Status.Code)
			if test.want == wire.OK {
				check(t, "unread", map[string]int{}, d.unread())
			} else if _, err := d.read(); websocket.CloseStatus(err) != websocket.StatusNormalClosure {
				t.Errorf("a refused login ends with %v", err)
			}
		})
	}
	d := w.dial(t, "alice", "r")
	d.appKey = "other#app"
	check(t, "another App Key", wire.Unauthorized, d.login(w.dynamic("alice", now, time.Hour)).Status.Code)
	check(t, "no resource", wire.WrongParameter, w.dial(t, "alice", "").login(w.dynamic("alice", now, time.Hour)).Status.Code)
}

// TestUnspecifiedFramesAreRefused: what docs/contract.md leaves open gets an error and a line in the
// log, and the connection stays open.
func TestUnspecifiedFramesAreRefused(t *testing.T) {
	w := newWorld(t, "")
	d := w.connect(t, "alice", "a")
	bob := wire.JID{Name: "bob", Domain: wire.UserDomain}
	hello := text(1, "hello")
	for name, m := range map[string]wire.Meta{
		"name space MUC":    {NS: 2, To: bob, Payload: hello},
		"receipt of none":   {NS: wire.Chat, To: bob, Payload: text(4, "")},
		"recall of none":    {NS: wire.Chat, To: bob, Payload: text(6, "")},
		"edit of none":      {NS: wire.Chat, To: bob, Payload: text(8, "")},
		"unknown type":      {NS: wire.Chat, To: bob, Payload: text(9, "")},
		"online only":       {NS: wire.Chat, To: bob, Payload: hello, Route: 1},
		"wrong domain":      {NS: wire.Chat, To: wire.JID{Name: "bob", Domain: wire.ConferenceDomain}, Payload: hello},
		"malformed":         {NS: wire.Chat, To: bob, Payload: []byte{0x0a}},
		"no content":        {NS: wire.Chat, To: bob, Payload: wire.Marshal(wire.Body{Type: 1})},
		"too large":         {NS: wire.Chat, To: bob, Payload: text(1, string(filler(6<<10)))},
		"a room unheard of": {NS: wire.Chat, To: wire.JID{Name: "r", Domain: wire.ConferenceDomain}, Payload: text(3, "x")},
	} {
		t.Run(name, func(t *testing.T) {
			before := w.logs.count()
			m.ID = 77
			down := d.sync(wire.Upload{Meta: &m})
			if down.Status.Code == wire.OK || down.Status.Reason == "" || down.MetaID != 77 || down.ServerID != 0 {
				t.Errorf("%+v", down)
			}
			if w.logs.count() != before+1 {
				t.Error("nothing was logged")
			}
		})
	}
	check(t, "bob's", nil, w.connect(t, "bob", "b").drain("alice"))
	// Frames of any size up to the limit are refused, and the connection stays.
	for _, size := range []int{6 << 10, 64 << 10, 1<<20 - 1<<10} {
		check(t, fmt.Sprint(size, " bytes"), wire.Status{Code: wire.PermissionDenied, Reason: "Sorry, data is too large"},
			d.try("bob", string(filler(size))).Status)
	}
	down := d.sync(wire.Upload{Meta: &wire.Meta{ID: 5, NS: wire.Statistic}})
	check(t, "a statistic", wire.OK, down.Status.Code)
	check(t, "an empty SYNC", wire.Missing, d.sync(wire.Upload{}).Status.Code)
}

func filler(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'x'
	}
	return b
}

// TestViolations end the connection with a reason.
func TestViolations(t *testing.T) {
	w := newWorld(t, "")
	compressed := append(wire.Marshal(wire.Frame{Command: wire.CommandUnread}), 4<<3, 1)
	encrypted := append(wire.Marshal(wire.Frame{Command: wire.CommandUnread}), 11<<3, 1)
	for name, b := range map[string][]byte{
		"compressed": compressed, "encrypted": encrypted, "malformed": {0xff},
		"unknown command": wire.Marshal(wire.Frame{Command: 9}), "a second login": wire.Marshal(wire.Frame{Command: wire.CommandProvision}),
		"bad SYNC": wire.Marshal(wire.Frame{Command: wire.CommandSync, Payload: []byte{0x0a, 9}}),
	} {
		t.Run(name, func(t *testing.T) {
			d := w.connect(t, "alice", "a")
			if err := d.conn.Write(t.Context(), websocket.MessageBinary, b); err != nil {
				t.Fatal(err)
			}
			if _, err := d.read(); websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
				t.Errorf("it ended with %v", err)
			}
		})
	}
	t.Run("too large", func(t *testing.T) {
		w := newWorld(t, "")
		d := w.connect(t, "alice", "a")
		_ = d.conn.Write(t.Context(), websocket.MessageBinary, make([]byte, 2<<20)) // cut off on the way
		if _, err := d.read(); err == nil {
			t.Error("it was taken")
		}
		w.close()
		check(t, "lines in the log", 1, w.logs.count())
	})
	t.Run("before the login", func(t *testing.T) {
		d := w.dial(t, "alice", "a")
		d.write(wire.CommandUnread, nil)
		if _, err := d.read(); websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
			t.Errorf("it ended with %v", err)
		}
	})
	t.Run("text", func(t *testing.T) {
		d := w.connect(t, "alice", "a")
		if err := d.conn.Write(t.Context(), websocket.MessageText, []byte("hello")); err != nil {
			t.Fatal(err)
		}
		if _, err := d.read(); websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
			t.Errorf("it ended with %v", err)
		}
	})
	t.Run("plain HTTP", func(t *testing.T) {
		res, err := w.http.Client().Get(w.http.URL + "/ws")
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		check(t, "status", http.StatusUpgradeRequired, res.StatusCode)
	})
	check(t, "the sandbox lives", map[string]int{}, w.connect(t, "alice", "z").unread())
}

// TestAnswersBeforeAViolation: what came before the frame that ends a connection
// is answered, and then comes the reason.
func TestAnswersBeforeAViolation(t *testing.T) {
	const before = 50
	w := newWorld(t, "")
	d := w.connect(t, "alice", "a")
	for i := range uint64(before) {
		d.write(wire.CommandSync, wire.Marshal(wire.Upload{Meta: &wire.Meta{ID: i + 1, NS: wire.Statistic}}))
	}
	d.write(wire.CommandProvision, nil)
	for i := range uint64(before) {
		down, err := wire.Unmarshal[wire.Download](d.answer(wire.CommandSync))
		if err != nil || down.MetaID != i+1 {
			t.Fatalf("answer %d: %+v, %v", i+1, down, err)
		}
	}
	_, err := d.read()
	check(t, "how it ends", websocket.StatusPolicyViolation, websocket.CloseStatus(err))
}

// TestOrigins: a page of any origin connects, as it can call the REST routes. It
// is the token that counts, and a browser does not send that by itself.
func TestOrigins(t *testing.T) {
	w := newWorld(t, "")
	url := "ws" + strings.TrimPrefix(w.http.URL, "http") + sandbox.WebSocketPath
	for _, origin := range []string{"", "null", "https://app.example", w.http.URL} {
		conn, _, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {origin}}})
		if err != nil {
			t.Errorf("origin %q: %v", origin, err)
			continue
		}
		_ = conn.CloseNow()
	}
}

// TestSlowReader drops a device that reads nothing. Others stay connected.
func TestSlowReader(t *testing.T) {
	w := newHubWorld(t, 50*time.Millisecond)
	alice, slow := w.connect(t, "alice", "a"), w.connect(t, "bob", "slow")
	for range 50 {
		alice.send("bob", string(filler(4<<10)))
	}
	jid, _ := to("alice")
	ask := slow.frame(wire.CommandSync, wire.Marshal(wire.Upload{Queue: &jid}))
	statistic := slow.frame(wire.CommandSync, wire.Marshal(wire.Upload{Meta: &wire.Meta{ID: 1}}))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := slow.conn.Write(ctx, websocket.MessageBinary, ask)
	for err == nil { // until neither side's buffers take more, and then the sandbox gives up
		err = slow.conn.Write(ctx, websocket.MessageBinary, statistic)
	}
	if ctx.Err() != nil {
		t.Fatal("the slow device was kept")
	}
	alice.send("bob", "still here")
}

// TestRefusalsAreEvents: watch shows what a device was refused, and whose device it is.
func TestRefusalsAreEvents(t *testing.T) {
	w := newWorld(t, "")
	w.dial(t, "bob", "phone").login("nonsense")
	d := w.connect(t, "alice", "tablet")
	d.sync(wire.Upload{Meta: &wire.Meta{ID: 1, NS: 2}})
	client, err := w.box.Admin()
	if err != nil {
		t.Fatal(err)
	}
	events, _, err := client.Events(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, e := range events {
		if e.Kind == "refusal" {
			got = append(got, e.User+"/"+e.Device+": "+e.Detail)
		}
	}
	check(t, "refusals", []string{
		"bob/phone: login /ws: Sorry, token or password does not match login info",
		"alice/tablet: upload /ws: the sandbox does not support this: name space 2",
	}, got)
}
