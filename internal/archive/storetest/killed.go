package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Batches returns what a writer imports that is disturbed: in every batch new messages,
// known ones, an edit, a view and a fetch.
func Batches() (all []archive.Batch) {
	chat := archive.ChatOf("alice", "bob")
	for n := range 40 {
		b := archive.Batch{Run: archive.Run{ID: fmt.Sprintf("run-%03d", n)}}
		span := archive.Span{From: Numbered(n*100, "").Time.UnixMilli(), To: Numbered(n*100+99, "").Time.UnixMilli()}
		for k := range 100 {
			m := Numbered(n*100+k, fmt.Sprintf("第%d批 message %d", n, k))
			b.Messages = append(b.Messages, m)
		}
		if n > 0 {
			b.Messages = append(b.Messages, all[n-1].Messages[:10]...)
			edited := Numbered(n*100-50, fmt.Sprintf("改于%d", n))
			edited.Source = archive.Roaming
			b.Messages = append(b.Messages, edited)
		}
		v := archive.View{User: "alice", Conversation: chat, Span: span, Recheck: n%2 == 0}
		for _, m := range b.Messages[:95] {
			v.Keys = append(v.Keys, m.Key)
		}
		b.Views = []archive.View{v}
		b.Fetches = []archive.Fetch{{Span: span, State: archive.Complete, Records: 100}}
		all = append(all, b)
	}
	return all
}

// ImportAll imports batches from the first one on, as a sync that starts anew
// does.
func ImportAll(ctx context.Context, s archive.Store, batches []archive.Batch) error {
	for _, b := range batches {
		if _, err := s.Import(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// Dump is what an archive holds.
func Dump(t *testing.T, s archive.Store) (all []string) {
	t.Helper()
	for d, err := range s.Verify(t.Context()) {
		t.Errorf("%s %s, %v", d.Message, d.What, err)
	}
	for m, err := range s.Search(t.Context(), archive.Search{Span: archive.Everything(), Raw: true}) {
		if err != nil {
			t.Fatal(err)
		}
		m.Added = 0 // the number of the batch
		all = append(all, fmt.Sprintf("%+v %s", m, m.Raw))
		if m.Revisions == 0 {
			continue
		}
		for r, err := range s.Revisions(t.Context(), m.Key) {
			all = append(all, fmt.Sprintf("%+v %v", r.Text, err))
		}
	}
	st, err := s.Stats(t.Context())
	all = append(all, fmt.Sprintf("%d messages, %d revisions, %v", st.Messages, st.Revisions, err))
	for g, err := range s.Sightings(t.Context(), archive.SightingQuery{User: "alice", Span: archive.Everything()}) {
		all = append(all, fmt.Sprintf("%s %s %v", g.Message, g.State, err))
	}
	for f, err := range s.Fetches(t.Context(), archive.Subject{}, archive.Everything()) {
		all = append(all, fmt.Sprintf("%+v %v", f, err))
	}
	slices.Sort(all)
	return all
}

// Numbered is a text message with a number in place of its ID.
func Numbered(n int, s string) archive.Message {
	return archive.Message{
		Key: archive.IDKey(fmt.Sprint(1_000_000 + n)), Time: roaming.Millis(1763596800000 + int64(n)*1000),
		Conversation: archive.ChatOf("alice", "bob"), From: "alice", To: "bob", Kind: roaming.Text,
		Text: s, Body: map[string]any{"msg": s}, Raw: fmt.Appendf(nil, `{"n":%d,"msg":%q}`, n, s), Source: archive.Hourly,
	}
}
