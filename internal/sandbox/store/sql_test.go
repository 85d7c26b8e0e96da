package store

import (
	"fmt"
	"testing"
)

// A query is prepared once. Beyond the bound, queries run without being kept.
func TestQueriesStayPrepared(t *testing.T) {
	s := openStore(t, t.Context(), t.TempDir(), newClock())
	defer s.Close()
	clear(s.db.prepared)
	for want := range maxPrepared + 10 {
		for range 2 {
			var got int
			if err := s.db.QueryRowContext(t.Context(), fmt.Sprintf("SELECT %d", want)).Scan(&got); err != nil || got != want {
				t.Fatal(got, want, err)
			}
		}
		if n := len(s.db.prepared); n != min(want+1, maxPrepared) {
			t.Fatalf("%d are prepared after %d", n, want+1)
		}
	}
	first := s.db.prepared["SELECT 0"]
	if again := s.db.prepare(t.Context(), "SELECT 0"); again != first {
		t.Error("it was prepared anew")
	}
}
