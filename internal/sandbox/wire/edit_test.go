package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/roamctl/roamctl/internal/sandbox/store"
)

// encoded is a MessageBody of a type with a content and an extension, in JSON, and with
// a field that docs/contract.md does not name.
func encoded(t testing.TB, kind store.ChatType, body string, edit About) []byte {
	t.Helper()
	b := Body{Type: kind, From: JID{Name: "alice"}, To: JID{Name: "bob"}}
	if err := b.Parse([]byte(body)); err != nil {
		t.Fatal(err)
	}
	return append(append(Marshal(b), Marshal(edit)...), 99<<3&0xff|1<<7, 99>>4, 7)
}

// TestEditMessage: what an edit replaces, by the message's kind and the edit's scope.
func TestEditMessage(t *testing.T) {
	const (
		oldText = `{"bodies":[{"type":"txt","msg":"old"}],"ext":{"a":1}}`
		newText = `{"bodies":[{"type":"txt","msg":"new"}],"ext":{"b":2}}`
		image   = `{"bodies":[{"type":"img","url":"u","filename":"f"}],"ext":{"a":1}}`
		custom  = `{"bodies":[{"type":"custom","customEvent":"e","customExts":[{}],"v2:customExts":{}}],"ext":{}}`
		command = `{"bodies":[{"type":"cmd","action":"x"}],"ext":{}}`
	)
	for name, test := range map[string]struct {
		kind, old, edit string
		scope           uint64
		want            string // "" for a refusal
	}{
		"text":              {"txt", oldText, newText, 1, `{"bodies":[{"type":"txt","msg":"new"}],"ext":{"a":1}}`},
		"text and ext":      {"txt", oldText, newText, 2, newText},
		"image's ext":       {"img", image, newText, 2, `{"bodies":[{"type":"img","filename":"f","url":"u"}],"ext":{"b":2}}`},
		"image":             {"img", image, image, 1, ""},
		"another kind":      {"txt", oldText, custom, 2, ""},
		"a command":         {"cmd", command, command, 2, ""},
		"a command's ext":   {"cmd", command, newText, 2, ""},
		"nothing":           {"txt", oldText, `{}`, 2, ""},
		"custom by another": {"custom", custom, newText, 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, payload := range [][]byte{nil, encoded(t, store.Chat, test.old, About{})} { // as stored over REST, and by a device
				m := store.Message{ID: 5, Type: store.Chat, From: "alice", To: "bob", Timestamp: 3, Kind: test.kind, Body: []byte(test.old), Payload: payload}
				before := m
				signal, notice, err := EditMessage("org#app", &m, encoded(t, EditType, test.edit, About{Edited: 5, Scope: test.scope}), 77)
				if test.want == "" {
					if !errors.Is(err, ErrFormat) || !bytes.Equal(m.Body, before.Body) || !bytes.Equal(m.Payload, before.Payload) {
						t.Errorf("%v, and the message is %s", err, m.Body)
					}
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				if string(m.Body) != test.want {
					t.Errorf("got %s, want %s", m.Body, test.want)
				}
				if want := `{"edit_msg":{"count":1,"operator":"alice","edit_time":77,"sender":"alice","send_time":3,"chat_type":"chat:user"}}`; string(notice) != want {
					t.Errorf("notice %s, want %s", notice, want)
				}
				sent, err := ParseUploaded(signal)
				if err != nil || sent.Type != EditType || string(sent.Body) != test.want {
					t.Errorf("devices get type %d, %s, %v", sent.Type, sent.Body, err)
				}
			}
		})
	}
}

// FuzzEditMessage: whatever the message and the edit are, an edited message can be read.
func FuzzEditMessage(f *testing.F) {
	text := encoded(f, store.Chat, `{"bodies":[{"type":"txt","msg":"old"}],"ext":{}}`, About{})
	f.Add(text, text, "txt")
	f.Add(append(text, 9<<3|2, 2, '{', '}'), append(text, 12<<3, 2), "custom")
	f.Add([]byte{}, []byte{0xff}, "img")
	f.Fuzz(func(t *testing.T, payload, edit []byte, kind string) {
		m := store.Message{ID: 5, Type: store.Group, Kind: kind, Body: []byte(`{"bodies":[],"ext":{}}`), Payload: payload}
		signal, notice, err := EditMessage("org#app", &m, edit, 1)
		if err != nil {
			return
		}
		for _, b := range [][]byte{signal, m.Payload} {
			if _, err := ParseUploaded(b); err != nil {
				t.Fatalf("%x: %v", b, err)
			}
		}
		if !json.Valid(m.Body) || !json.Valid(notice) {
			t.Fatalf("%s, %s", m.Body, notice)
		}
	})
}
