package clickhouse

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/archive/storetest"
	"github.com/roamctl/roamctl/internal/fault"
)

// filesWith are the files of a folder that have one of some texts in them.
func filesWith(t *testing.T, dir string, texts ...string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil //nolint:nilerr // a part that the server has deleted meanwhile
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return nil //nolint:nilerr // likewise
		}
		for _, text := range texts {
			if bytes.Contains(content, []byte(text)) {
				all = append(all, path+": "+text)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// After an erasure no file of the server has a byte of the text. One that can't
// wait for that says so, and the next one goes on.
func TestErasedBytes(t *testing.T) {
	long(t)
	t.Parallel()
	server := servers(t, 1)[0]
	a := addressOf(t.TempDir(), server.HTTP)
	o := testOptions()
	o.KeepParts = 20 * time.Second
	s, err := Open(t.Context(), a, o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	b := archive.Batch{Run: archive.Run{ID: "run"}}
	for n := range 300 {
		text := fmt.Sprintf("open%d", n)
		if n%10 == 0 {
			text = fmt.Sprintf("qzxsecret%dvwk", n)
		}
		b.Messages = append(b.Messages, storetest.Numbered(n, text))
	}
	edited := storetest.Numbered(0, "now harmless")
	edited.Source = archive.Roaming
	for _, batch := range []archive.Batch{b, {Run: b.Run, Messages: []archive.Message{edited}}} {
		if _, err := s.Import(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	secrets := []string{"qzxsecret", "now harmless"}
	if len(filesWith(t, filepath.Join(server.Dir, "data"), secrets...)) == 0 {
		t.Fatal("the texts are in no file before they are erased, so this test shows nothing")
	}
	erasure := archive.Erasure{Keys: []archive.Key{edited.Key}, Query: &query.Query{Expr: query.Text{Term: "qzx"}}}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	erased, err := s.Erase(ctx, erasure)
	if fault.KindOf(err) != fault.Partial || erased.Messages != 30 {
		t.Fatal(erased, err)
	}
	if st, err := s.Stats(t.Context()); err != nil || !st.ErasePending || st.Messages != 270 {
		t.Error(st, err)
	}
	if erased, err = s.Erase(t.Context(), archive.Erasure{}); err != nil || erased.Messages != 0 {
		t.Fatal(erased, err)
	}
	if left := filesWith(t, filepath.Join(server.Dir, "data"), secrets...); len(left) > 0 {
		t.Errorf("still there: %q", left)
	}
	if left := filesWith(t, server.Dir, secrets...); len(left) > 0 {
		t.Errorf("in the server's logs: %q", left)
	}
	if st, err := s.Stats(t.Context()); err != nil || st.ErasePending {
		t.Error(st, err)
	}
	changedByte(t, s, server.Dir)
}

// changedByte checks that Verify finds a byte that changes on the disk.
func changedByte(t *testing.T, s *Store, dir string) {
	t.Helper()
	for _, sql := range []string{"OPTIMIZE TABLE messages FINAL", "SYSTEM STOP MERGES messages"} {
		if err := s.c.exec(t.Context(), request{sql: sql}); err != nil {
			t.Fatal(err)
		}
	}
	b := archive.Batch{Run: archive.Run{ID: "run"}} // a part of its own
	for n := range 50 {
		b.Messages = append(b.Messages, storetest.Numbered(1000+n, "more"))
	}
	if _, err := s.Import(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	sql := "SELECT name FROM system.parts WHERE active = 1 AND table = 'messages' AND rows = 50 AND database = " + quote(s.c.address.Database)
	part, err := one[struct{ Name string }](t.Context(), s.c, sql)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "data", "data", s.c.address.Database, "messages", part.Name, "text.bin")
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/2] ^= 1
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	named := 0
	for d, err := range s.Verify(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if d.Message.ID() != "" {
			named++
		}
	}
	if named == 0 || named > 100 {
		t.Errorf("%d messages are named", named)
	}
}

// A message that lost its tokens is named, and found again after Reindex. One that
// was changed is named, too.
func TestVerifyNames(t *testing.T) {
	needsServer(t)
	s := openAt(t, addressOf(t.TempDir(), shared.host))
	b := archive.Batch{Run: archive.Run{ID: "run"}, Messages: []archive.Message{storetest.Numbered(1, "一"), storetest.Numbered(2, "二")}}
	if _, err := s.Import(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	overwrite := func(change func(*messageRow)) {
		t.Helper()
		r, _, err := s.row(t.Context(), b.Messages[0].Key, allColumns)
		if err != nil {
			t.Fatal(err)
		}
		r.Version++
		change(r)
		line, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.c.insert(t.Context(), "messages", line); err != nil {
			t.Fatal(err)
		}
		// So that the number of the next batch, which is its rows' version, is higher.
		next := archive.Batch{Run: b.Run, Messages: []archive.Message{storetest.Numbered(int(r.Version), "后")}}
		if _, err := s.Import(t.Context(), next); err != nil {
			t.Fatal(err)
		}
	}
	damage := func() (all []string) {
		t.Helper()
		for d, err := range s.Verify(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, d.Message.ID()+" "+d.What)
		}
		return all
	}
	overwrite(func(r *messageRow) { r.Tokens = []string{"other"} })
	if got := damage(); len(got) != 1 || !strings.Contains(got[0], "1000001 searches may not find it") {
		t.Error(got)
	}
	if err := s.Reindex(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := damage(); len(got) != 0 {
		t.Error(got)
	}
	overwrite(func(r *messageRow) { r.Text = "三" })
	if got := damage(); len(got) != 1 || !strings.Contains(got[0], "1000001 it has changed") {
		t.Error(got)
	}
}
