package transcript

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

// many is a source with conversations of texts. It notes how much memory is in use
// when the last message of the last conversation is read.
type many struct {
	held

	conversations, messages int
	inUse                   *uint64
}

func (s many) Conversations(context.Context, string) iter.Seq2[roaming.Conversation, error] {
	return func(yield func(roaming.Conversation, error) bool) {
		for i := range s.conversations {
			if !yield(roaming.Conversation{ID: peer(i), Type: roaming.Chat}, nil) {
				return
			}
		}
	}
}

// peer returns IDs that differ in what file systems don't keep apart, or that name
// other folders.
func peer(i int) string {
	return fmt.Sprintf("%s%d", []string{"Peer", "peer", "../p/", "ｐeer", "p\u0065\u0301er", "p\u00e9er"}[i%6], i/6)
}

func (s many) Messages(_ context.Context, ref roaming.Ref, _ source.Query) iter.Seq2[source.Message, error] {
	return func(yield func(source.Message, error) bool) {
		for i := range s.messages {
			m := text(roaming.MessageID(i+1), noon.AddDate(0, 0, i%1000), []string{"alice", ref.Conversation}[i%2], "明天中午一起吃饭吗? See you there.")
			if !yield(m, nil) {
				return
			}
		}
		if s.inUse != nil && (s.conversations == 0 || ref.Conversation == peer(s.conversations-1)) {
			runtime.GC()
			var stats runtime.MemStats
			runtime.ReadMemStats(&stats)
			*s.inUse = stats.HeapAlloc
		}
	}
}

// TestMemoryIsFlat: what a transcript holds does not grow with its messages.
func TestMemoryIsFlat(t *testing.T) {
	for _, f := range Formats() {
		var few, lots uint64
		write(t, many{messages: 500, inUse: &few}, options(f))
		write(t, many{messages: 4000, inUse: &lots}, options(f))
		if more := int64(lots) - int64(few); more > 300<<10 {
			t.Errorf("%s: %d bytes more for eight times the messages", f, more)
		}
	}
}

// TestManyConversations: a thousand conversations get a thousand files with names that
// every file system keeps apart, and an index that names each with its days.
func TestManyConversations(t *testing.T) {
	const conversations = 1000
	o := options(HTML)
	o.Conversations = nil
	var inUse [2]uint64
	few := o
	few.Format = Text
	write(t, many{conversations: 20, messages: 3, inUse: &inUse[0]}, few)
	few.Format = HTML
	result, files := write(t, many{conversations: conversations, messages: 3, inUse: &inUse[1]}, few)
	if result.Conversations != conversations || result.Messages != 3*conversations || len(result.Files) != conversations+1 {
		t.Errorf("%d messages of %d conversations in %d files", result.Messages, result.Conversations, len(result.Files))
	}
	index := files["index.html"]
	names := map[string]bool{}
	for _, f := range result.Files[:conversations] {
		if f.Path != fsutil.SafeName(f.Path) || names[strings.ToLower(f.Path)] {
			t.Errorf("a file is named %q", f.Path)
		}
		names[strings.ToLower(f.Path)] = true
	}
	if links := strings.Count(index, `<a class="screen" href="./chat-`); links != conversations || !strings.Contains(index, "1000 conversations, 3000 messages") || strings.Count(index, "2026-11-24 to 2026-11-26") != conversations {
		t.Errorf("the index has %d links", links)
	}
	if more := int64(inUse[1]) - int64(inUse[0]); more > 4<<20 {
		t.Errorf("%d bytes more for %d conversations", more, conversations)
	}
}
