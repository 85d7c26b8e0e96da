package storetest

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/roaming"
)

// file is a message with an attachment.
func file(id string, seconds int, name string) archive.Message {
	m := text(id, seconds, "")
	m.Kind = roaming.File
	m.Body = map[string]any{"filename": name, "url": "https://files/" + id, "secret": "s-" + id}
	return withRaw(m)
}

func testAttachments(t *testing.T, open Opener) {
	s := opened(t, open)
	mustImport(t, s, ofRun(1, file("2", 2, "乙.pdf"), file("1", 1, "甲.pdf"), text("3", 3, "丙")))
	pending := collect(t, s.Attachments(t.Context(), archive.Pending))
	if len(pending) != 2 {
		t.Fatal(pending)
	}
	const week = 7 * 86400
	want := archive.Attachment{Message: archive.IDKey("1"), URL: "https://files/1", Secret: "s-1", Deadline: at(1 + week), State: archive.Pending}
	if diff := cmp.Diff(want, pending[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got := pending[0]
	got.State, got.SHA256, got.Size = archive.Fetched, fmt.Sprintf("%064x", 1), 5
	if err := s.SetAttachment(t.Context(), got); err != nil {
		t.Fatal(err)
	}
	mustImport(t, s, ofRun(2, file("1", 1, "甲.pdf")))
	if diff := cmp.Diff([]archive.Attachment{got}, collect(t, s.Attachments(t.Context(), archive.Fetched, archive.FetchFailed))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got.URL = "https://files/other"
	if err := s.SetAttachment(t.Context(), got); err == nil {
		t.Error("an attachment that no message has was noted")
	}
	undamaged(t, s)
}

func testErase(t *testing.T, open Opener) {
	s := opened(t, open)
	number, opaque := read(text("1", 1, "机密甲")), text("5I-1", 1, "机密甲")
	batch := ofRun(1, number, text("2", 2, "机密乙"), file("3", 3, "机密.pdf"), text("4", 4, "丁"))
	mustImport(t, s, batch)
	a := collect(t, s.Attachments(t.Context(), archive.Pending))[0]
	a.State, a.SHA256 = archive.Fetched, fmt.Sprintf("%064x", 3)
	if err := s.SetAttachment(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	q := parse(t, "机密 -乙")
	e := archive.Erasure{Query: &q, Keys: []archive.Key{archive.IDKey("2"), archive.IDKey("77")}, Preview: true}
	if got, err := s.Erase(t.Context(), e); err != nil || got.Messages != 3 {
		t.Fatal(got, err)
	}
	wantIDs(t, search(t, s, "机密"), "3", "2", "1")
	e.Preview = false
	got, err := s.Erase(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(archive.Erased{Messages: 3, Files: []string{a.SHA256}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	wantIDs(t, search(t, s, "机密"))
	wantIDs(t, search(t, s, "from:alice"), "4")
	wantNotFound(t, s, number.Key)
	// No source brings them back, under an ID of either form. What was sent at
	// the same time under another number is another message.
	wantImport(t, s, batch, archive.Result{Known: 1, Erased: 3})
	wantImport(t, s, ofRun(2, opaque), archive.Result{Erased: 1})
	wantImport(t, s, ofRun(2, text("6", 1, "机密甲")), archive.Result{Added: 1})
	st, err := s.Stats(t.Context())
	if err != nil || st.Messages != 2 || st.Tombstones == 0 || st.ErasePending {
		t.Error(st, err)
	}
	undamaged(t, s)
}

func testEraseUser(t *testing.T, open Opener) {
	s := opened(t, open)
	reply := text("2", 2, "回")
	reply.From, reply.To = "bob", "alice"
	b := ofRun(1, text("1", 1, "一"), reply)
	b.Fetches = []archive.Fetch{{Subject: archive.Subject{User: "alice"}, Span: archive.Everything(), State: archive.Failed}}
	mustImport(t, s, withView(b, viewOf("alice", 0, 9, false, b.Messages...), viewOf("bob", 0, 9, false, b.Messages...)))
	got, err := s.Erase(t.Context(), archive.Erasure{User: "Alice"})
	if err != nil || got.Messages != 1 {
		t.Fatal(got, err)
	}
	wantIDs(t, search(t, s, "in:alice"), "2")
	wantSightings(t, s, "alice", []string{}...)
	wantSightings(t, s, "bob", "2 seen run-001-run-001 ")
	if gaps := collect(t, s.Gaps(t.Context(), archive.GapQuery{Span: archive.Everything()})); len(gaps) != 0 {
		t.Error(gaps)
	}
}

func testVerify(t *testing.T, open Opener) {
	s := opened(t, open)
	messages := messagesOf([]string{"请发票", "iPhone15", "订单0012", "报价单.pdf", "聊天记录"})
	mustImport(t, s, ofRun(1, messages...))
	undamaged(t, s)
	if err := s.Reindex(t.Context()); err != nil {
		t.Fatal(err)
	}
	undamaged(t, s)
	for _, q := range []string{"发票", "iph", "报价", "聊天"} {
		SameAsScan(t, s, messages, parse(t, q))
	}
}
