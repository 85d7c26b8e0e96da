package sandbox

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestRecallBatchLimit: a batch has 30 messages at most, and a larger one recalls
// nothing.
func TestRecallBatchLimit(t *testing.T) {
	w := newWorld(t, Options{})
	batch := func(n int) string {
		list := make([]string, n)
		for i := range list {
			list[i] = fmt.Sprintf(`{"msg_id":"%d","to":"bob","from":"alice","chat_type":"chat","force":true}`, 101+1000*i)
		}
		return `{"msgs":[` + strings.Join(list, ",") + `]}`
	}
	if status, body := w.do(t, "POST", "/messages/batch_recall", w.auth(t, "app"), batch(31)); status != 400 {
		t.Errorf("31 messages: %d %s", status, body)
	}
	if n := len(historyIDs(t, w, "bob", "alice@easemob.com")); n != 3 {
		t.Errorf("bob has %d messages of 3", n)
	}
	if status, body := w.do(t, "POST", "/messages/batch_recall", w.auth(t, "app"), batch(30)); status != 200 {
		t.Errorf("30 messages: %d %s", status, body)
	}
	if n := len(historyIDs(t, w, "bob", "alice@easemob.com")); n != 2 {
		t.Errorf("bob has %d messages, want 2", n)
	}
}

// TestRecallWindow: a message can be recalled without force for two minutes, or as
// long as the setting says.
func TestRecallWindow(t *testing.T) {
	for _, c := range []struct {
		set, age time.Duration
		status   int
	}{
		{0, 2 * time.Minute, 200},
		{0, 2*time.Minute + time.Millisecond, 403},
		{time.Hour, time.Hour, 200},
		{time.Hour, time.Hour + time.Millisecond, 403},
	} {
		w := newWorld(t, Options{RecallWindow: c.set})
		id, err := w.s.SendText(t.Context(), "alice", "bob", "chat", "oops")
		if err != nil {
			t.Fatal(err)
		}
		w.clock.advance(c.age)
		body := fmt.Sprintf(`{"msg_id":"%d","to":"bob","from":"alice","chat_type":"chat","force":false}`, id)
		if status, answer := w.do(t, "POST", "/messages/msg_recall", w.auth(t, "app"), body); status != c.status {
			t.Errorf("window %s, age %s: %d %s", c.set, c.age, status, answer)
		}
	}
}

// TestRecallIsNotCounted: the signal to devices is no message.
func TestRecallIsNotCounted(t *testing.T) {
	w := newWorld(t, Options{})
	before, err := w.s.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.do(t, "POST", "/messages/msg_recall", w.auth(t, "app"), `{"msg_id":"101","to":"bob","chat_type":"chat","force":true}`)
	after, err := w.s.Info(t.Context())
	if err != nil || after.Messages != before.Messages {
		t.Errorf("%d messages before, %d after (%v)", before.Messages, after.Messages, err)
	}
	ids := historyIDs(t, w, "alice", "bob@easemob.com")
	if len(ids) != 2 || ids[0] != 18446744073709551615 || ids[1] != 102 {
		t.Errorf("alice has %v", ids)
	}
}
