package backup

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/roaming"
)

func noon() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }

func options() Options {
	return Options{
		Tool: "roamctl test", AppKey: "org#app", Host: "a1.easemob.com", Now: noon,
		Scope: Scope{
			Command: "messages delete", User: "alice", Conversation: "bob", Type: roaming.Chat,
			IDs: []roaming.MessageID{1, 2, 1<<64 - 1}, RunID: "r1", Reason: "GDPR <request>", Ticket: "T-1",
		},
	}
}

// message is the n-th of a history, from 1.
func message(n int) roaming.Message {
	text := fmt.Sprintf("你好 %d <b>\u202e", n)
	return roaming.Message{
		ID: roaming.MessageID(1<<63 + uint64(n)), Timestamp: roaming.Millis(1_700_000_000_000 + int64(n)),
		ChatType: roaming.Chat, Conversation: "bob", From: "alice", To: "bob", Kind: roaming.Text, Text: text,
		Body: map[string]any{"msg": text}, Ext: map[string]any{"big": uint64(1<<64 - 1)},
		Raw: []byte{8, byte(n), byte(n >> 8)},
	}
}

func conversation() roaming.Conversation {
	last := message(1)
	return roaming.Conversation{ID: "bob", Type: roaming.Chat, Marks: []string{"mark_1"}, LastMessage: &last}
}

// fill adds what most tests need: a conversation and n messages, newest first
// as history gives them.
func fill(w *Writer, n int) error {
	if err := w.AddConversation(conversation()); err != nil {
		return err
	}
	for i := n; i > 0; i-- {
		if err := w.AddMessage(message(i)); err != nil {
			return err
		}
	}
	return nil
}

// written is a backup of n messages.
func written(t *testing.T, n int, o Options) string {
	t.Helper()
	w, err := Create(t.Context(), t.TempDir(), "b", o)
	if err != nil {
		t.Fatal(err)
	}
	if err := fill(w, n); err != nil {
		t.Fatal(err)
	}
	if o.Fetcher != nil {
		m := message(1)
		m.Kind, m.Body = roaming.Image, map[string]any{"url": "https://x/1", "secret": "s", "filename": "../猫.png"}
		if err := w.AddAttachments(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w.Path()
}

func packed(t *testing.T, folder string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "b.tar.zst")
	if err := Pack(t.Context(), folder, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// mentions reports whether an error contains all words.
func mentions(err error, words ...string) bool {
	for _, w := range words {
		if err == nil || !strings.Contains(err.Error(), w) {
			return false
		}
	}
	return true
}

func conversations(b *Backup) iter.Seq2[roaming.Conversation, error] {
	return linesOf(b, conversationsName, checkConversation)
}

func attachmentLines(b *Backup) iter.Seq2[Attachment, error] {
	return linesOf(b, attachmentsName, func(Attachment) error { return nil })
}

func linesOf[T any](b *Backup, name string, check func(T) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		err := b.source.read(name, func(r io.Reader) error {
			for v, err := range decodeLines(r, check) {
				if !yield(v, err) {
					return errStop
				}
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStop) {
			var none T
			yield(none, err)
		}
	}
}

// fileOf returns the content of a file.
func fileOf(b *Backup, name string) (content []byte, err error) {
	err = b.source.read(name, func(r io.Reader) error {
		content, err = io.ReadAll(r)
		return err
	})
	return content, err
}
