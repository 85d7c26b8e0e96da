package clickhouse

import (
	"testing"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/storetest"
)

// A query of a table with many parts, as one of millions of messages has, needs little
// memory for each.
func TestStatsOfManyParts(t *testing.T) {
	needsServer(t)
	s := openAt(t, addressOf(t.TempDir(), shared.host))
	if err := s.c.exec(t.Context(), request{sql: "SYSTEM STOP MERGES " + s.c.address.Database + ".messages"}); err != nil {
		t.Fatal(err)
	}
	const parts = 40
	for n := range parts {
		b := archive.Batch{Run: archive.Run{ID: "run"}, Messages: []archive.Message{storetest.Numbered(n, "一")}}
		if _, err := s.Import(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	s.c.settings["max_memory_usage"] = "100000000"
	if st, err := s.Stats(t.Context()); err != nil || st.Messages != parts {
		t.Errorf("%d messages, %v", st.Messages, err)
	}
}
