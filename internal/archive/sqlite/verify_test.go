package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/storetest"
)

// What is missing, or too much, is found.
func TestVerifyFindsWhatIsMissing(t *testing.T) {
	for change, want := range map[string]string{
		"DELETE FROM keys WHERE row = (SELECT max(row) FROM messages)":                                      "1000003 its key does not find it",
		"UPDATE messages SET key = x'6e0000000000000001' WHERE row = (SELECT max(row) FROM messages)":       "1 its key does not find it",
		"INSERT INTO keys VALUES(x'7378', 5)":                                                               "x only its key is there",
		"DELETE FROM messages WHERE row = (SELECT max(row) FROM messages)":                                  " bytes in raws belong to no message",
		"UPDATE raws SET raw = x'00' WHERE row = (SELECT max(row) FROM messages)":                           "1000003 bytes in raws can't be read",
		"UPDATE messages SET body = '{' WHERE row = (SELECT max(row) FROM messages)":                        "1000003 its body can't be read",
		"UPDATE messages SET ext = '{}' WHERE row = (SELECT max(row) FROM messages)":                        "1000003 it has changed since it was written",
		"UPDATE counts SET messages = messages + 1":                                                         " the number of messages by source is wrong",
		"DELETE FROM words WHERE rowid = (SELECT max(row) FROM messages)":                                   "1000003 the index may not find it",
		"INSERT INTO attachments VALUES((SELECT max(row) FROM messages), 'u', '', 0, 'fetched', '', 0, '')": "1000003 a fetched attachment has no digest",
		"UPDATE meta SET value = 'another' WHERE name = 'tokens'":                                           " the index was built by another version",
	} {
		s, err := Open(t.Context(), filepath.Join(t.TempDir(), "a.db"), Options{Create: true})
		if err != nil {
			t.Fatal(err)
		}
		var b archive.Batch
		for n := range 4 {
			b.Messages = append(b.Messages, storetest.Numbered(n, fmt.Sprintf("消息%d", n)))
		}
		if _, err := s.Import(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		if err := s.w.execOnce(t.Context(), change); err != nil {
			t.Fatal(err)
		}
		var named []string
		for d, err := range s.Verify(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			named = append(named, d.Message.ID()+" "+d.What)
		}
		if !strings.Contains(strings.Join(named, "\n"), want) {
			t.Errorf("%s: %q, want %s", change, named, want)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A changed byte is found, and the message named.
func TestVerifyNamesTheChangedMessage(t *testing.T) {
	for name, text := range map[string]string{"text": "绝密文件0003", "id": "file-3.pdf", "index": "zqsecret0003x"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := openIn(t, dir)
			var b archive.Batch
			for n := range 6 {
				m := storetest.Numbered(n, secretWords(n))
				m.Ext = map[string]any{"name": fmt.Sprintf("file-%d.pdf", n)}
				b.Messages = append(b.Messages, m)
			}
			if _, err := s.Import(t.Context(), b); err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(s.Reindex(t.Context()), s.Close()); err != nil {
				t.Fatal(err)
			}
			changeLast(t, filepath.Join(dir, "archive.db"), text, name == "index")
			s = openIn(t, dir)
			defer s.Close()
			var named []string
			for d, err := range s.Verify(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				named = append(named, d.Message.ID()+" "+d.What)
			}
			if len(named) == 0 || !strings.Contains(strings.Join(named, "\n"), "1000003 ") {
				t.Errorf("%q", named)
			}
		})
	}
}

// changeLast changes a byte of a text in a file: of its last occurrence, or of
// the index's last word.
func changeLast(t *testing.T, path, text string, index bool) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.LastIndex(b, []byte(text))
	if index { // the index has only what differs from the word before
		at = bytes.LastIndex(b, []byte("3x\x03")) - 1
		if at < 0 {
			at = bytes.LastIndex(b, []byte("3x"))
		}
	}
	if at < 0 {
		t.Fatalf("%s is not in the file", text)
	}
	b[at] ^= 1
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
