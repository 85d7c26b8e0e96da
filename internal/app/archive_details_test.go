package app

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/sqlite"
	"github.com/roamctl/roamctl/internal/roaming"
)

// A listing of an archive has the details of a message that a user's history has, and
// only where raw bytes were asked for.
func TestArchivedDetails(t *testing.T) {
	field := func(b []byte, n protowire.Number, value string) []byte {
		return protowire.AppendString(protowire.AppendTag(b, n, protowire.BytesType), value)
	}
	number := func(b []byte, n protowire.Number, value uint64) []byte {
		return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), value)
	}
	// docs/contract.md, section 12.
	body := field(number(nil, 1, 1), 9, `{"edit_msg":{"count":2,"operator":"bob","edit_time":1763600000123},"reaction":[{"reaction":"👍"}],"thread":{"thread_name":"plans"}}`)
	meta := field(field(number(number(number(nil, 1, 7), 4, 1763600000000), 5, 1), 6, string(body)), 10, "carol")

	ref := roaming.Ref{User: "alice", Conversation: "bob", Type: roaming.Chat}
	want := roaming.Details{
		Edited: &roaming.Edit{Count: 2, By: "bob", At: roaming.Millis(1763600000123)}, Reactions: []any{map[string]any{"reaction": "👍"}},
		Thread: map[string]any{"thread_name": "plans"}, Recipients: []string{"carol"},
	}
	at := roaming.Millis(1763600000000)
	history := roaming.Message{ID: 7, Timestamp: at, Kind: roaming.Text, Text: "a", Body: map[string]any{"msg": "a"}, Raw: meta}
	export := roaming.Message{ID: 8, Timestamp: at, Kind: roaming.Text, Text: "b", Body: map[string]any{"msg": "b"}, Details: want}
	var batch archive.Batch
	for source, m := range map[archive.Source]roaming.Message{archive.Roaming: history, archive.Imported: export} {
		message, err := archive.FromView(ref, m, source, archive.Occurrences{})
		if err != nil {
			t.Fatal(err)
		}
		batch.Messages = append(batch.Messages, message)
	}

	bare, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "a.db"), sqlite.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	store := detailed{bare}
	t.Cleanup(func() { _ = store.Close() })
	if _, err := store.Import(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	for _, raw := range []bool{true, false} {
		found := 0
		for m, err := range store.Search(t.Context(), archive.Search{Span: archive.Everything(), Raw: raw}) {
			if err != nil {
				t.Fatal(err)
			}
			found++
			wanted := want
			if !raw {
				wanted = roaming.Details{}
			}
			record := m.Record()
			for _, got := range []roaming.Details{record.Details, record.Message().Details} {
				if diff := cmp.Diff(wanted, got); diff != "" {
					t.Errorf("message %s, raw %v (-want +got):\n%s", m.Key, raw, diff)
				}
			}
		}
		if found != 2 {
			t.Errorf("%d messages, want 2", found)
		}
	}
	earlier, later, err := store.Around(t.Context(), archive.IDKey("7"), 1, 1)
	if err != nil || len(earlier)+len(later) != 1 {
		t.Fatal(len(earlier), len(later), err)
	}
	for _, m := range append(earlier, later...) {
		if diff := cmp.Diff(want, m.Details); diff != "" {
			t.Errorf("around (-want +got):\n%s", diff)
		}
	}
}
