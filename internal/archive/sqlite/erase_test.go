package sqlite

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/storetest"
	"github.com/roamctl/roamctl/internal/fault"
)

// secretWords are words that one message in three has; each is a token of its
// own, so the index holds it in one piece.
func secretWords(n int) string { return fmt.Sprintf("zqsecret%04dx 绝密文件%04d", n, n) }

// importSecrets imports messages out of order, in batches, so that rows move
// from page to page and the index is merged.
func importSecrets(t *testing.T, s archive.Store) (secret []archive.Key) {
	t.Helper()
	count := 3000
	if testing.Short() {
		count = 600 // the race detector slows SQLite down
	}
	for batch := range 10 {
		b := archive.Batch{Run: archive.Run{ID: "run"}}
		for n := (batch * 7) % 10; n < count; n += 10 {
			words := fmt.Sprintf("hello %d 你好 %s", n, strings.Repeat("填充", n%40))
			if n%3 == 0 {
				words = secretWords(n)
			}
			m := storetest.Numbered(n, words)
			b.Messages = append(b.Messages, m)
			if n%3 == 0 {
				secret = append(secret, m.Key)
			}
		}
		if _, err := s.Import(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	return secret
}

// found is how often a text occurs in the files of a folder.
func found(t *testing.T, dir, text string) (n int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		n += bytes.Count(b, []byte(text))
	}
	return n
}

// What is erased is in no file: not in the database, its log, or the index.
func TestEraseLeavesNoByte(t *testing.T) {
	dir := t.TempDir()
	s := openIn(t, dir)
	defer s.Close()
	secret := importSecrets(t, s)
	for _, text := range []string{"zqsecret", "绝密"} {
		if found(t, dir, text) == 0 {
			t.Fatalf("%s is nowhere before", text)
		}
	}
	if _, err := s.Erase(t.Context(), archive.Erasure{Keys: secret}); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"zqsecret", "secret0", "绝密", "密 文"} {
		if n := found(t, dir, text); n != 0 {
			t.Errorf("%s is %d times in the files", text, n)
		}
	}
	if found(t, dir, "hello") == 0 || found(t, dir, "你好") == 0 {
		t.Error("the other messages are gone")
	}
	for d, err := range s.Verify(t.Context()) {
		t.Errorf("%s %s, %v", d.Message, d.What, err)
	}
}

// A reader holds the log: the erasure is not finished, says so, and goes on
// when it is asked for again.
func TestEraseBesideAReader(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), filepath.Join(dir, "archive.db"), Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	secret := importSecrets(t, s)
	for _, pragma := range []string{"busy_timeout"} { // it need not wait in a test
		if err := s.w.execOnce(t.Context(), "PRAGMA "+pragma+" = 0"); err != nil {
			t.Fatal(err)
		}
	}
	tx, err := s.read.BeginTx(context.WithoutCancel(t.Context()), nil)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := tx.QueryRow("SELECT count(*) FROM messages").Scan(&n); err != nil {
		t.Fatal(err)
	}
	_, err = s.Erase(t.Context(), archive.Erasure{Keys: secret})
	if fault.KindOf(err) != fault.Partial || fault.HintOf(err) == "" {
		t.Fatal(err)
	}
	if st, err := s.Stats(t.Context()); err != nil || !st.ErasePending || st.Messages != int64(2*len(secret)) {
		t.Fatal(st, err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	got, err := s.Erase(t.Context(), archive.Erasure{Keys: secret})
	if err != nil || got.Messages != 0 {
		t.Fatal(got, err)
	}
	if n := found(t, dir, "zqsecret"); n != 0 {
		t.Errorf("%d", n)
	}
	if st, err := s.Stats(t.Context()); err != nil || st.ErasePending {
		t.Error(st, err)
	}
}

// A full disk is an error with a hint; nothing is half written, and with room
// the work goes on.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), filepath.Join(dir, "archive.db"), Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	batch := func(from int) archive.Batch {
		b := archive.Batch{Run: archive.Run{ID: "run"}}
		for n := from; n < from+500; n++ {
			m := storetest.Numbered(n, fmt.Sprintf("第%d条消息 message %d", n, n))
			m.From = fmt.Sprintf("user%d", n)
			b.Messages = append(b.Messages, m)
		}
		return b
	}
	if _, err := s.Import(t.Context(), batch(0)); err != nil {
		t.Fatal(err)
	}
	var pages int
	if err := s.w.conn.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	limit := func(pages int) {
		if err := s.w.execOnce(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
			t.Fatal(err)
		}
	}
	limit(pages + 5)
	for range 2 {
		_, err = s.Import(t.Context(), batch(500))
		if fault.KindOf(err) != fault.Config || !strings.Contains(fault.HintOf(err), "make room") {
			t.Fatal(err)
		}
	}
	if st, err := s.Stats(t.Context()); err != nil || st.Messages != 500 {
		t.Fatal(st, err)
	}
	limit(1 << 30)
	if r, err := s.Import(t.Context(), batch(500)); err != nil || r.Added != 500 {
		t.Fatal(r, err)
	}
	for d, err := range s.Verify(t.Context()) {
		t.Errorf("%s %s, %v", d.Message, d.What, err)
	}
}

// A view after an erasure does not bring the erased message back.
func TestAViewAfterAnErasure(t *testing.T) {
	s := openIn(t, t.TempDir()).(*Store)
	t.Cleanup(func() { _ = s.Close() })
	one, two := storetest.Numbered(1, "一"), storetest.Numbered(2, "二")
	view := func(user string, keys ...archive.Key) {
		t.Helper()
		v := archive.View{User: user, Conversation: one.Conversation, Span: archive.Everything(), Keys: keys}
		if _, err := s.Import(t.Context(), archive.Batch{Run: archive.Run{ID: "run"}, Messages: []archive.Message{two}, Views: []archive.View{v}}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Import(t.Context(), archive.Batch{Run: archive.Run{ID: "run"}, Messages: []archive.Message{one, two}}); err != nil {
		t.Fatal(err)
	}
	view("alice", one.Key, two.Key)
	if _, err := s.Erase(t.Context(), archive.Erasure{Keys: []archive.Key{one.Key}}); err != nil {
		t.Fatal(err)
	}
	view("bob", two.Key)
	if left, err := exists(t.Context(), s.read, "SELECT 1 FROM exceptions"); err != nil || left {
		t.Errorf("the erased message has an exception (%v)", err)
	}
}
