package redact

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/roaming"
)

// An export has a note for each message with a replacement until it ends: a note holds
// neither a compiled pattern nor the message.
func TestNotesAreSmall(t *testing.T) {
	const messages, limit = 2000, 500
	r := New(mustParse(t, ""), Options{})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range messages {
		m := textMessage("bob", fmt.Sprintf("mail me%d@example.com or call 138%08d %s", i, i, strings.Repeat("x", 1000)))
		m.ID = roaming.MessageID(i + 1)
		r.Message("alice", m)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if size := int64(after.HeapAlloc-before.HeapAlloc) / messages; size > limit {
		t.Errorf("a note has %d bytes, more than %d", size, limit)
	}
	runtime.KeepAlive(r)
}

// The check of a message looks for what was replaced in that message the last time,
// also where no rule finds it by itself.
func TestCheckLooksForWhatWasReplaced(t *testing.T) {
	r := New(mustParse(t, `regexps: ['^T-\d+']`), Options{})
	refused := func(id, text string) bool {
		return r.Check(Shown{Message: id, From: "bob", Field: "ext", Text: text}) != nil
	}
	r.Message("alice", textMessage("bob", "T-17 is mine"))
	if !refused("42", "see t-17") || refused("43", "see T-17") || !refused("42", "see T-17") {
		t.Error("T-17 is refused in message 42 only")
	}
	r.Message("alice", textMessage("bob", "T-18 is mine"))
	if refused("42", "see T-17") || !refused("42", "see T-18") {
		t.Error("T-18 is refused once it was replaced in the message, and T-17 no longer")
	}
}
