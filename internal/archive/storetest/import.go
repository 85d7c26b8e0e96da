package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/roaming"
)

func testOneRow(t *testing.T, open Opener) {
	s := opened(t, open)
	one, two := text("1", 1, "一"), text("2", 2, "二")
	wantImport(t, s, ofRun(1, one, two, one), archive.Result{Added: 2, Known: 1})
	wantImport(t, s, ofRun(2, one, two), archive.Result{Known: 2})
	wantImport(t, s, ofRun(3, read(one), text("3", 3, "三")), archive.Result{Added: 1, Known: 1})
	wantIDs(t, search(t, s, "from:alice"), "3", "2", "1")
	m, err := s.Get(t.Context(), one.Key)
	if err != nil || m.Sources != archive.Roaming|archive.Hourly {
		t.Error(m.Sources, err)
	}
	st, err := s.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	st.Bytes = 0
	want := archive.Stats{
		Messages: 3, Conversations: 1, First: at(1), Last: at(3),
		BySource: map[archive.Source]int64{archive.Roaming: 1, archive.Hourly: 3}, OnlyIn: map[archive.Source]int64{archive.Hourly: 2},
		Attachments: map[archive.AttachmentState]int64{},
	}
	if diff := cmp.Diff(want, st); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	undamaged(t, s)
}

func testWithoutID(t *testing.T, open Opener) {
	s := opened(t, open)
	batch := func() archive.Batch {
		keys := archive.Occurrences{}
		var all []archive.Message
		for range 2 {
			m := text("", 1, "同")
			m.Key = keys.Key(m.Raw)
			all = append(all, m)
		}
		return ofRun(1, all...)
	}
	wantImport(t, s, batch(), archive.Result{Added: 2})
	wantImport(t, s, batch(), archive.Result{Known: 2})
	hits := collect(t, s.Search(t.Context(), everything(parse(t, "同"))))
	if len(hits) != 2 || hits[0].Key == hits[1].Key || hits[0].Key.ID() != "" {
		t.Error(hits)
	}
}

func testRoundTrip(t *testing.T, open Opener) {
	dir := t.TempDir()
	s := open(t, dir)
	all := []archive.Message{
		withRaw(archive.Message{
			Key: archive.IDKey("18446744073709551615"), Time: at(0), Conversation: archive.GroupOf(roaming.Group, "g1"), From: "Carol", To: "g1",
			Kind: roaming.File, Body: map[string]any{"url": "https://x/1", "filename": "报价.pdf", "file_length": json.Number("12345678901234567")},
			Ext: map[string]any{"a": map[string]any{"b": []any{json.Number("1.50"), nil, true}}}, Source: archive.Roaming,
		}),
		withRaw(archive.Message{
			Key: archive.IDKey("5I02W-XX-8278a"), RawTime: "99999999999999999", Conversation: archive.ChatOf("", "x"), From: "", To: "x",
			Kind: roaming.Unknown, Body: map[string]any{}, Source: archive.Imported,
		}),
		withRaw(archive.Message{
			Key: archive.IDKey("07"), Time: roaming.Millis(253402300799999), Conversation: archive.GroupOf(roaming.Room, "r"), From: "a", To: "r",
			Kind: roaming.Text, Text: "a\x00b \u2028<&>", Source: archive.Hourly,
		}),
		text("1", 5, ""),
		text("2", 6, "="),
		text("3", 7, "\xff\xfe no UTF-8"),
	}
	wantImport(t, s, ofRun(1, all...), archive.Result{Added: len(all)})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	defer s.Close()
	for _, want := range all {
		got, err := s.Get(t.Context(), want.Key)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got.Message); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	wantNotFound(t, s, archive.IDKey("7"))
	undamaged(t, s)
}

func testReconcile(t *testing.T, open Opener) {
	s := opened(t, open)
	number, opaque := read(text("100", 1, "好")), text("5I-a", 1, "好")
	wantImport(t, s, ofRun(1, number), archive.Result{Added: 1})
	wantImport(t, s, ofRun(2, opaque), archive.Result{Known: 1, Reconciled: 1})
	wantImport(t, s, ofRun(2, opaque, number), archive.Result{Known: 2})
	byOpaque, err := s.Get(t.Context(), opaque.Key)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]archive.Key{number.Key, opaque.Key}, byOpaque.Keys); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// In one batch, in either order.
	wantImport(t, s, ofRun(3, text("5I-b", 2, "好"), read(text("101", 2, "好"))), archive.Result{Added: 1, Known: 1, Reconciled: 1})
	// Two candidates on one side: both are kept.
	wantImport(t, s, ofRun(4, text("102", 3, "好"), text("103", 3, "好")), archive.Result{Added: 2})
	wantImport(t, s, ofRun(4, text("5I-c", 3, "好")), archive.Result{Added: 1})
	wantImport(t, s, ofRun(5, text("104", 4, "好")), archive.Result{Added: 1})
	wantImport(t, s, ofRun(5, text("5I-d", 4, "好"), text("5I-e", 4, "好")), archive.Result{Added: 2})
	// Another text, time or sender is another message.
	other := text("5I-h", 5, "好")
	other.From, other.To = "bob", "alice"
	wantImport(t, s, ofRun(6, text("105", 5, "好"), text("5I-f", 5, "好的"), text("5I-g", 6, "好"), other), archive.Result{Added: 4})
	undamaged(t, s)
}

func testRevisions(t *testing.T, open Opener) {
	s := opened(t, open)
	first := read(text("1", 1, "初稿"))
	edited := read(text("1", 1, "定稿"))
	wantImport(t, s, ofRun(1, first), archive.Result{Added: 1})
	wantImport(t, s, ofRun(2, edited), archive.Result{Known: 1, Revised: 1})
	wantImport(t, s, ofRun(3, edited, edited), archive.Result{Known: 2})
	// It is edited back, and again.
	wantImport(t, s, ofRun(3, first), archive.Result{Known: 1, Revised: 1})
	wantIDs(t, search(t, s, "初稿"), "1")
	wantImport(t, s, ofRun(3, edited), archive.Result{Known: 1, Revised: 1})
	// A history file has no edits: its form is an earlier one.
	wantImport(t, s, ofRun(4, text("1", 1, "初稿")), archive.Result{Known: 1})
	wantImport(t, s, ofRun(5, text("1", 1, "草稿")), archive.Result{Known: 1, Revised: 1})
	wantImport(t, s, ofRun(5, text("1", 1, "草稿")), archive.Result{Known: 1})
	wantIDs(t, search(t, s, "定稿"), "1")
	wantIDs(t, search(t, s, "初稿"))
	var got []string
	for _, r := range collect(t, s.Revisions(t.Context(), first.Key)) {
		got = append(got, r.Run, r.Text, string(r.Raw))
	}
	want := []string{
		"run-002", "初稿", string(first.Raw), "run-003", "定稿", string(edited.Raw), "run-005", "草稿", string(text("1", 1, "草稿").Raw),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	m, err := s.Get(t.Context(), first.Key)
	if err != nil || m.Text != "定稿" || m.Revisions != 3 || m.Sources != archive.Roaming|archive.Hourly {
		t.Error(m, err)
	}
	undamaged(t, s)
}

// A reaction, a thread and an edit to the same text change what users see. What differs
// between two users' copies does not.
func testDetails(t *testing.T, open Opener) {
	s := opened(t, open)
	with := func(raw string, d roaming.Details) archive.Message {
		m := read(text("1", 1, "好"))
		m.Raw, m.Details = []byte(raw), d
		return m
	}
	reaction := func(count string, more ...any) map[string]any {
		return map[string]any{"reaction": "👍", "count": json.Number(count), "userList": more}
	}
	plain, one := with("plain", roaming.Details{}), with("one", roaming.Details{Reactions: []any{reaction("1", "bob")}})
	smile := map[string]any{"reaction": "🙂", "count": json.Number("1"), "userList": []any{"carol"}}
	two := with("two", roaming.Details{Reactions: []any{smile, reaction("2", "bob", "carol")}, Recipients: []string{"bob", "carol"}})
	mine := reaction("2", "carol", "bob")
	mine["mine"] = true
	carols := with("carol's", roaming.Details{Reactions: []any{mine, smile}, Recipients: []string{"carol"}})
	thread := with("thread", roaming.Details{Reactions: two.Details.Reactions, Thread: map[string]any{"thread_name": "plans"}})
	edited := with("edited", roaming.Details{Reactions: two.Details.Reactions, Thread: thread.Details.Thread, Edited: &roaming.Edit{Count: 2, By: "bob"}})

	wantImport(t, s, ofRun(1, text("1", 1, "好")), archive.Result{Added: 1})
	wantImport(t, s, ofRun(2, plain), archive.Result{Known: 1})
	for n, m := range []archive.Message{one, two, thread, edited} {
		wantImport(t, s, ofRun(3+n, m), archive.Result{Known: 1, Revised: 1})
		wantImport(t, s, ofRun(3+n, m, delivered(m, "another delivery")), archive.Result{Known: 2})
		if n == 1 {
			wantImport(t, s, ofRun(3+n, carols), archive.Result{Known: 1})
		}
	}
	wantImport(t, s, ofRun(7, plain), archive.Result{Known: 1, Revised: 1})
	wantImport(t, s, ofRun(8, edited), archive.Result{Known: 1, Revised: 1})
	var got []string
	for _, r := range collect(t, s.Revisions(t.Context(), plain.Key)) {
		got = append(got, r.Run+" "+string(r.Raw))
	}
	if diff := cmp.Diff([]string{"run-003 plain", "run-004 one", "run-005 two", "run-006 thread", "run-007 edited"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	m, err := s.Get(t.Context(), plain.Key)
	if err != nil || string(m.Raw) != "edited" || m.Revisions != 5 {
		t.Errorf("%s, %d revisions, %v", m.Raw, m.Revisions, err)
	}
	undamaged(t, s)
}

// delivered is a message with other raw bytes.
func delivered(m archive.Message, raw string) archive.Message {
	m.Raw = []byte(raw)
	return m
}

func testCancelled(t *testing.T, open Opener) {
	s := opened(t, open)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Import(ctx, ofRun(1, text("1", 1, "一"))); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	bad := ofRun(1, text("1", 1, "一"), archive.Message{})
	if _, err := s.Import(t.Context(), bad); err == nil {
		t.Error("a message without a key was taken")
	}
	wantIDs(t, search(t, s, "一"))
	wantImport(t, s, ofRun(1, text("1", 1, "一")), archive.Result{Added: 1})
}
