package render_test

import (
	"strconv"
	"time"

	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

var (
	beijing = time.FixedZone("CST", 8*60*60)
	now     = time.Date(2026, 11, 23, 20, 0, 0, 0, beijing)
)

func clock() time.Time { return now }

func messageView() render.View[roaming.Message] {
	return render.View[roaming.Message]{
		Columns: []render.Column[roaming.Message]{
			{Name: "id", Default: true, Cell: func(m roaming.Message, _ render.Env) string { return m.ID.String() }},
			{Name: "timestamp", Header: "Time", Default: true, Cell: func(m roaming.Message, e render.Env) string { return e.Time(m.Timestamp.Time) }},
			{Name: "from", Default: true, Cell: func(m roaming.Message, _ render.Env) string { return m.From }},
			{Name: "to", Cell: func(m roaming.Message, _ render.Env) string { return m.To }},
			{Name: "kind", Default: true, Cell: func(m roaming.Message, _ render.Env) string { return string(m.Kind) }},
			{Name: "text", Default: true, Flex: true, Cell: func(m roaming.Message, _ render.Env) string { return render.Summary(m) }},
		},
		Message: func(m roaming.Message) roaming.Message { return m },
	}
}

func conversationView() render.View[roaming.Conversation] {
	return render.View[roaming.Conversation]{
		Columns: []render.Column[roaming.Conversation]{
			{Name: "id", Default: true, Cell: func(c roaming.Conversation, _ render.Env) string { return c.ID }},
			{Name: "type", Default: true, Cell: func(c roaming.Conversation, _ render.Env) string { return string(c.Type) }},
			{Name: "unread", Default: true, Right: true, Cell: func(c roaming.Conversation, _ render.Env) string { return strconv.Itoa(c.Unread) }},
			{Name: "last_active", Default: true, Cell: func(c roaming.Conversation, e render.Env) string { return e.Time(c.LastActive.Time) }},
			{Name: "last_message", Default: true, Flex: true, Cell: func(c roaming.Conversation, _ render.Env) string {
				if c.LastMessage == nil {
					return ""
				}
				return render.Summary(*c.LastMessage)
			}},
		},
	}
}

// at is a time on 2026-11-23 in Beijing, minutes and days from noon.
func at(days, minutes int) roaming.Time {
	t := time.Date(2026, 11, 23+days, 12, minutes, 0, 0, beijing)
	return roaming.Millis(t.UnixMilli())
}

func text(id roaming.MessageID, from string, t roaming.Time, s string) roaming.Message {
	return roaming.Message{
		ID: id, Timestamp: t, ChatType: roaming.Chat, Conversation: "bob", From: from, To: "bob",
		Kind: roaming.Text, Text: s, Body: map[string]any{"msg": s}, Ext: map[string]any{},
	}
}

func other(id roaming.MessageID, from string, t roaming.Time, k roaming.Kind, body map[string]any) roaming.Message {
	m := text(id, from, t, "")
	m.Kind, m.Body = k, body
	return m
}

// samples are a chat in which everything happens, oldest first.
func samples() []roaming.Message {
	const size = "file_length"
	return []roaming.Message{
		text(18446744073709551615, "alice", at(-1, 0), "Hello Bob, are you coming to the office tomorrow? I would like to talk about the new roaming history tool with you."),
		text(1001, "alice", at(-1, 0), "第二条消息:明天你来办公室吗？我想和你谈谈新的漫游消息工具，它可以列出会话、获取消息，并且单向删除消息。"),
		text(1002, "bob", at(-1, 3), "=HYPERLINK(\"http://evil\",\"click\")"),
		other(1003, "bob", at(-1, 4), roaming.Image, map[string]any{"filename": "cat.png", size: 120_000, "size": map[string]any{"width": 640.0, "height": 480.0}}),
		other(1004, "bob", at(-1, 4), roaming.Audio, map[string]any{"filename": "note.amr", "length": 12, size: 20_480}),
		other(1005, "alice", at(-1, 9), roaming.Video, map[string]any{"filename": "v.mp4", "length": 65, size: 2_100_000}),
		other(1006, "alice", at(-1, 9), roaming.File, map[string]any{"filename": "报告\x1b[31m.pdf", size: 999}),
		other(1007, "alice", at(0, 1), roaming.Location, map[string]any{"lat": 39.9042, "lng": 116.4074, "addr": "天安门广场"}),
		other(1008, "alice", at(0, 1), roaming.Command, map[string]any{"action": "typing"}),
		other(1009, "bob", at(0, 2), roaming.Custom, map[string]any{"customEvent": "gift"}),
		other(1010, "bob", at(0, 2), roaming.Combine, map[string]any{"title": "Chat history", "summary": "alice: hi"}),
		other(1011, "bob", at(0, 2), roaming.Unknown, nil),
		text(1012, "bob", at(0, 2), "family 👨‍👩‍👧‍👦 flag 🇨🇳 skin 👍🏽 England 🏴󠁧󠁢󠁥󠁮󠁧󠁿 heart ❤️"),
		text(1013, "مريم", at(0, 3), "مرحبا شلام"),
		text(1014, "mallory", at(0, 4), "\x1b]0;pwned\x07\x1b[2J red\u202Etxt.exe\u2066 zero\u200Bwidth\n\tline two\r\nC1 \u009B31m \xff end"),
	}
}

func conversations() []roaming.Conversation {
	all := samples()
	return []roaming.Conversation{
		{ID: "bob", Type: roaming.Chat, Unread: 12, LastActive: at(0, 2), LastMessage: &all[12], Marks: []string{}},
		{ID: "250000000000003", Type: roaming.Group, Unread: 0, LastActive: at(-1, 0), LastMessage: &all[1], Pinned: true, PinnedAt: at(-2, 0), Marks: []string{"mark_3"}},
		{ID: "empty", Type: roaming.Chat, Unread: 1},
	}
}

func options(f render.Format) render.Options {
	return render.Options{Format: f, Location: beijing, Now: clock}
}

// tester is a testing.T, testing.B or rapid.T.
type tester interface {
	Helper()
	Fatal(...any)
}

// check fails the test on an error.
func check(t tester, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
