package importer_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/sqlite"
)

// What an export of a user's history has was seen by that user, and its conversations
// are the user's. A line that does not name the user says nothing of it.
func TestWhatUsersSaw(t *testing.T) {
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "a.db"), sqlite.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	group := strings.NewReplacer(`"chat_type":"chat","conversation":"bob","from":"alice"`, `"chat_type":"group","conversation":"g1","from":"carol"`)
	imported(t, store, "", map[string]string{
		"1.ndjson": exported("Alice", "1", "一") + group.Replace(exported("alice", "2", "二")),
		"2.ndjson": exported("bob", "3", "三"),
		"3.ndjson": exported("", "4", "四"),
		"4.txt":    hourly("5", "五"),
	})
	for user, want := range map[string][]string{
		"alice": {"1 seen", "2 seen", "4 unread", "5 unread"},
		"bob":   {"3 seen"},
		"carol": nil,
	} {
		got := map[string]bool{}
		for s, err := range store.Sightings(t.Context(), archive.SightingQuery{User: user, Span: archive.Everything()}) {
			if err != nil || s.First.ID != "" {
				t.Fatal(s, err)
			}
			got[fmt.Sprintf("%s %s", s.Message, s.State)] = true
		}
		wanted := map[string]bool{}
		for _, line := range want {
			wanted[line] = true
		}
		if diff := cmp.Diff(wanted, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", user, diff)
		}
	}
}
