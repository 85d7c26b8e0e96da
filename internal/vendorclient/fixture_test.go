package vendorclient

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

const (
	group = "250000000000001"
	room  = "260000000000001"
	// firstID is above 2^63, where a signed number would turn negative and a
	// floating-point one would lose digits.
	firstID = uint64(18400000000000000001)
	peers   = 25  // more than a numbered page of conversations
	texts   = 120 // more than two history pages

	roomTexts = 9
)

type object = map[string]any

// bodies has one body of each kind (docs/contract.md, section 6).
func bodies() []object {
	const files = "https://a1.easemob.com/org/app/chatfiles/"
	return []object{
		{"type": "txt", "msg": "早上好 👩‍👩‍👧‍👦 שלום \u001b[31m"},
		{"type": "img", "url": files + "img-1", "filename": "猫.png", "secret": "s1", "file_length": 1001, "size": object{"width": 640, "height": 480}},
		{"type": "audio", "url": files + "audio-1", "filename": "a.amr", "secret": "s2", "file_length": 1002, "length": 7},
		{"type": "video", "url": files + "video-1", "filename": "v.mp4", "secret": "s3", "file_length": 1003, "length": 9, "thumb": files + "thumb-1", "thumb_secret": "s4", "size": object{"width": 320, "height": 240}},
		{"type": "file", "url": files + "file-1", "filename": "报告.pdf", "secret": "s5", "file_length": 1004},
		{"type": "loc", "lat": 39.9042, "lng": 116.4074, "addr": "北京"},
		{"type": "cmd", "action": "refresh"},
		{"type": "custom", "customEvent": "gift", "v2:customExts": object{"name": "rose"}, "customExts": []object{{"name": "rose"}}},
		{"type": "txt", "subType": "sub_combine", "msg": "", "title": "Chat history", "summary": "bob: hi", "url": files + "combine-1", "filename": "combine", "secret": "s6", "file_length": 1005, "combineLevel": 1},
	}
}

// history is a history file in the making (docs/contract.md, section 7).
type history struct {
	next uint64
	at   time.Time
	out  *json.Encoder
	err  error
}

func (h *history) add(chatType, from, to string, body object) {
	ext := object{"n": 42, "ok": true, "ratio": 1.5, "who": "李雷", "nested": object{"a": []any{1, "二"}}}
	err := h.out.Encode(object{
		"msg_id": strconv.FormatUint(h.next, 10), "timestamp": h.at.UnixMilli(), "direction": "outgoing",
		"from": from, "to": to, "chat_type": chatType,
		"payload": object{"bodies": []object{body}, "ext": ext, "from": from, "to": to},
	})
	if h.err == nil {
		h.err = err
	}
	h.next++
	h.at = h.at.Add(time.Second)
}

// historyFile writes what the tests need: alice talks with many peers, longest
// with bob, and both are in a group, each with every kind of message; and both
// are in a room.
func historyFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "history.ndjson")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	h := &history{next: firstID, at: time.Now().Add(-time.Hour).Truncate(time.Second), out: json.NewEncoder(f)}
	for i := range peers {
		h.add("chat", fmt.Sprintf("peer%02d", i), "alice", object{"type": "txt", "msg": "hello"})
	}
	for i := range texts {
		from, to := "alice", "bob"
		if i%3 == 0 {
			from, to = to, from
		}
		h.add("chat", from, to, object{"type": "txt", "msg": fmt.Sprintf("第 %d 条", i)})
	}
	for _, body := range bodies() {
		h.add("chat", "bob", "alice", body)
	}
	for i, body := range bodies() {
		h.add("groupchat", []string{"alice", "bob", "carol"}[i%3], group, body)
	}
	for i := range roomTexts {
		h.add("chatroom", []string{"alice", "bob"}[i%2], room, object{"type": "txt", "msg": fmt.Sprintf("room %d", i)})
	}
	if h.err != nil {
		t.Fatal(h.err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}
