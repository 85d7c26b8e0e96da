package restore

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/sandbox"
)

// bodies has one of each kind (docs/contract.md, section 6).
func bodies() []map[string]any {
	file := func(kind string, more ...any) map[string]any {
		b := map[string]any{"type": kind, "url": "https://x.invalid/1", "filename": "图 1.png", "secret": "s", "file_length": 4711}
		for i := 0; i < len(more); i += 2 {
			b[more[i].(string)] = more[i+1]
		}
		return b
	}
	size := map[string]any{"width": 640, "height": 480.5}
	return []map[string]any{
		{"type": "txt", "msg": "你好 <b>\u202e👍🏽\n\x00"},
		file("img", "size", size),
		file("audio", "length", 7),
		file("video", "length", 9, "thumb", "https://x.invalid/t", "thumb_secret", "ts", "size", size),
		file("file"),
		{"type": "loc", "lat": 39.9, "lng": -116.25, "addr": "北京"},
		{"type": "cmd", "action": "refresh"},
		{"type": "custom", "customEvent": "gift", "customExts": []any{map[string]any{"z": "1"}, map[string]any{"a": "2"}, map[string]any{"n": 3}}},
		file("txt", "subType", "sub_combine", "title", "Chat of A and B", "summary", "A: hi", "combineLevel", 1, "msg", "[combined]"),
		{"type": "combine", "subType": "sub_combine", "title": "t", "summary": "s", "url": "https://x.invalid/c", "filename": "c", "combineLevel": 2},
	}
}

// ext has a value of every type that JSON can carry.
func ext(n int) map[string]any {
	return map[string]any{
		"bool": n%2 == 0, "int": -n, "llint": int64(math.MinInt64), "uint": uint64(math.MaxUint64), "exact": int64(9007199254740993),
		"double": 0.1, "whole": 3.0, "large": json.Number("1e400"), "string": "é\"\\\u2028", "empty": "",
		"json": map[string]any{"list": []any{1, nil, json.Number("1.50"), map[string]any{}}}, "null": nil,
	}
}

// TestRoundTrip: messages of all kinds, in several pages, deleted on both sides and
// restored, differ from before only in their IDs, by the map.
func TestRoundTrip(t *testing.T) {
	w := newWorld(t)
	const messages = 180
	all := bodies()
	for i := range messages {
		m := sandbox.Message{Type: "chat", From: "alice", To: "bob", Body: all[i%len(all)], Ext: ext(i)}
		if i%3 == 0 {
			m.From, m.To = m.To, m.From
		}
		w.send(m, int64(i)*10)
	}
	views := []roaming.Ref{ref("alice", "bob"), ref("bob", "alice")}
	before, peerBefore := w.history(views[0]), w.history(views[1])
	s := w.backUp(views[0])
	w.clear(views...)

	preview := w.preview(s)
	want := Counts{Messages: messages, ToRestore: messages}
	if diff := cmp.Diff(want, preview.Total); diff != "" {
		t.Fatal(diff, preview.CannotGoBack)
	}
	if n := len(w.history(views[0])); n != 0 {
		t.Fatalf("the preview restored %d messages", n)
	}
	report := w.run(s)
	if diff := cmp.Diff(Counts{Messages: messages, Restored: messages}, report.Total); diff != "" {
		t.Fatal(diff)
	}
	if err := report.Err(); err != nil {
		t.Error(err)
	}
	after := w.history(views[0])
	if diff := cmp.Diff(withoutIDs(t, before), withoutIDs(t, after)); diff != "" {
		t.Error("alice (-before +after):", diff)
	}
	if diff := cmp.Diff(withoutIDs(t, peerBefore), withoutIDs(t, w.history(views[1]))); diff != "" {
		t.Error("bob (-before +after):", diff)
	}
	known, _, err := readMap(report.Map)
	w.must(err)
	for i, m := range before {
		if got := known[m.ID]; got.New != after[i].ID || got.Step != restored || got.New == m.ID {
			t.Fatalf("message %s is now %s, and the map says %+v", m.ID, after[i].ID, got)
		}
	}

	again := w.run(s)
	if diff := cmp.Diff(Counts{Messages: messages, RestoredBefore: messages}, again.Total); diff != "" {
		t.Error("again:", diff)
	}
	if diff := cmp.Diff(after, w.history(views[0])); diff != "" {
		t.Error("again:", diff)
	}
}
