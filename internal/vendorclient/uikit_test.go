package vendorclient

import (
	"fmt"
	"os/exec"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// chromium finds the browser, or skips the test as need does.
func chromium(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	ifMissing(t)("the vendor's UIKit needs Chromium, which is not installed")
	return ""
}

// TestUIKit: the SDK 5 of the newest UIKit, in a browser, learns what was deleted, and
// clears what is unread.
func TestUIKit(t *testing.T) {
	need(t)
	path := chromium(t)
	s := startDurable(t)
	for _, user := range []string{"alice", "bob"} {
		s.run(t, "sandbox", "users", "add", user)
	}
	d := s.startDevice(t, "uikit.cjs", "alice's browser", "alice", s.token(t, "alice"), "VENDOR_CHROMIUM="+path)
	t.Cleanup(func() {
		var complaints []string
		if t.Failed() && d.try(&complaints, "complaints") == nil {
			t.Logf("the page: %q", complaints)
		}
	})
	d.must(t, nil, "open")
	bob := s.connect(t, "bob's", "bob")
	send := func(text string) string {
		t.Helper()
		id := bob.send(t, object{"type": "txt", "msg": text, "chatType": "singleChat", "to": "alice"})
		d.await(t, "onMessage", object{"msgServerId": id, "conversationId": "bob"})
		bob.await(t, "onDeliveredMessage", object{"mid": id, "from": "alice"})
		return id
	}
	removed := object{"conversationId": "bob", "conversationType": "singleChat"}

	ids := []any{send("one"), send("two")}
	s.run(t, "messages", "delete", "--user", "alice", "--conversation", "bob", "--yes", "--id", ids[0].(string), "--id", ids[1].(string))
	got := d.await(t, "onMultiDeviceMessageRemoved", removed)
	if diff := cmp.Diff(ids, got["messageIds"], cmpopts.SortSlices(func(x, y any) bool { return fmt.Sprint(x) < fmt.Sprint(y) })); diff != "" {
		t.Errorf("deleted by ID (-want +got):\n%s", diff)
	}

	recalled := send("three")
	bob.must(t, nil, "recallMessage", object{"mid": recalled, "to": "alice", "chatType": "singleChat"})
	d.await(t, "onMessageRecalled", object{"messageId": recalled, "conversationId": "bob"})

	send("four")
	unread := func() int { return s.ours(t, "alice")[0].Unread }
	if unread() == 0 {
		t.Error("nothing is unread")
	}
	d.must(t, nil, "clearConversationUnreadMessageCount", object{"conversationId": "bob", "conversationType": "singleChat"})
	if n := unread(); n != 0 {
		t.Errorf("%d are unread after the browser has read the conversation, want 0", n)
	}

	until := time.Now().UnixMilli()
	s.vendor(t, "alice").must(t, nil, "removeHistoryMessages", object{"targetId": "bob", "chatType": "singleChat", "beforeTimeStamp": until})
	got = d.await(t, "onMultiDeviceMessageRemoved", removed)
	if got["beforeTimestamp"] != float64(until) {
		t.Errorf("deleted by time: %v, want %d", got, until)
	}
}
