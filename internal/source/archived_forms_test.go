package source

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/archive"
	archivefiles "github.com/roamctl/roamctl/internal/archive/files"
	"github.com/roamctl/roamctl/internal/archive/sqlite"
	"github.com/roamctl/roamctl/internal/roaming"
)

// TestArchivedForms: an archive yields the earlier forms of an edited message where a
// query asks for them, the oldest first, and not more than a bound.
func TestArchivedForms(t *testing.T) {
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "chats.db"), sqlite.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	edited := func(id string, n int) {
		b := archive.Batch{Run: archive.Run{ID: fmt.Sprint(id, "-", n), Started: roaming.Millis(int64(n + 1))}}
		text := fmt.Sprint("form ", n)
		b.Messages = []archive.Message{{
			Key: archive.IDKey(id), Time: roaming.Millis(1000), Conversation: archive.ChatOf("alice", "bob"), From: "bob", To: "alice", Kind: roaming.Text,
			Text: text, Body: map[string]any{"msg": text}, Raw: []byte(text), Source: archive.Roaming,
		}}
		if _, err := store.Import(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 3 {
		edited("1", n)
	}
	for n := range maxForms + 3 {
		edited("2", n)
	}
	s := NewArchive(store, "chats.db", "org#app", archivefiles.Folder{})
	if got := s.About().AppKey; got != "org#app" {
		t.Error(got)
	}
	read := func(q Query) string {
		var all strings.Builder
		for m, err := range s.Messages(t.Context(), roaming.Ref{User: "alice", Conversation: "bob", Type: roaming.Chat}, q) {
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&all, "%s %s, %d:", m.ID, m.Text, m.Earlier)
			for _, f := range m.Forms {
				fmt.Fprintf(&all, " %s,", strings.TrimPrefix(f.Text, "form "))
			}
			all.WriteString("\n")
		}
		return all.String()
	}
	first := "1 form 2, 2: 0, 1,\n2 form 22, 22: 0, 1, 2,"
	if got := read(Query{Direction: roaming.Down, Forms: true}); !strings.HasPrefix(got, first) || !strings.HasSuffix(got, " 18, 19,\n") {
		t.Error(got)
	}
	if got := read(Query{Direction: roaming.Down}); got != "1 form 2, 2:\n2 form 22, 22:\n" {
		t.Error(got)
	}
}
