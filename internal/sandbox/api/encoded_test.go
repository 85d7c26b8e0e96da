package api

import (
	"bytes"
	"testing"

	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/wire"
)

// A message of a group is encoded anew when it has changed, also among more messages
// than are kept.
func TestEncodedMessages(t *testing.T) {
	e := &encodedMessages{}
	for _, text := range []string{"first", "first", "edited", string(bytes.Repeat([]byte("x"), maxEncoded)), "first"} {
		m := store.Message{ID: 1, Type: store.Group, From: "alice", To: "g", Timestamp: 1, Body: []byte(`{"bodies":[{"type":"txt","msg":"` + text + `"}],"ext":{}}`)}
		want, err := wire.EncodeMessage("org#app", m)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := e.encode("org#app", m); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%.20s: %d bytes, want %d (%v)", text, len(got), len(want), err)
		}
	}
	if len(e.kept) != 1 || e.size > maxEncoded {
		t.Errorf("%d messages of %d bytes are kept", len(e.kept), e.size)
	}
}
