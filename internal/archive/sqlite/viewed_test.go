package sqlite

import (
	"testing"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/storetest"
)

// What views share is bounded, also when the spans have no messages, and is used again.
func TestViewedIsBounded(t *testing.T) {
	s := openIn(t, t.TempDir()).(*Store)
	m := storetest.Numbered(1, "一")
	if _, err := s.Import(t.Context(), archive.Batch{Run: archive.Run{ID: "run"}, Messages: []archive.Message{m}}); err != nil {
		t.Fatal(err)
	}
	i := &importer{writer: s.w}
	conversation, err := s.w.conversation(t.Context(), m.Conversation)
	if err != nil {
		t.Fatal(err)
	}
	whole := archive.Everything()
	for range 2 {
		if all, err := i.viewedIn(t.Context(), conversation, whole); err != nil || len(all) != 1 || i.viewed.size != 2 {
			t.Fatalf("%d messages, size %d, %v", len(all), i.viewed.size, err)
		}
	}
	for at := range int64(maxViewed) {
		if all, err := i.viewedIn(t.Context(), conversation, archive.Span{From: 1 + at, To: 2 + at}); err != nil || len(all) != 0 {
			t.Fatal(all, err)
		}
	}
	if n := len(i.viewed.spans); n > maxViewed/2 {
		t.Errorf("%d spans are kept", n)
	}
}
