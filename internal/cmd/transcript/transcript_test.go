package transcript_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
)

// The value of --archive needs an equals sign, since the argument after it may be a
// query: neither is taken for the other.
func TestArchiveAndQueryAreNotConfused(t *testing.T) {
	h := cmdtest.New(t)
	h.OK("archive", "init", "--sandbox")
	out := filepath.Join(h.Env["HOME"], "out")
	h.Run("transcript", "-u", "alice", "--archive", "chats.db", "--out", out, "--sandbox").Want(t, 2, "it is not clear whether", "--archive=FILE")
	h.Run("transcript", "-u", "alice", "--archive", "--out", out, "--sandbox", "--", "dinner").Want(t, 5, "sandbox.db")
	h.Run("transcript", "-u", "alice", "--archive="+filepath.Join(h.Env["HOME"], "none.db"), "--out", out, "--sandbox", "dinner").Want(t, 5, "none.db")
	if _, err := os.Stat(out); err == nil {
		t.Error("a folder was made")
	}
}

// Messages that no sync saw in a user's history may have been deleted before, or were
// never there: the transcript does not say which. Here the archive has them from the other side.
func TestUnseenMessagesAreNotCalledDeleted(t *testing.T) {
	h := cmdtest.New(t)
	home := h.Env["HOME"]
	h.OK("messages", "export", "-u", "zhangwei", "--out", filepath.Join(home, "export"), "--sandbox", "-q")
	h.OK("archive", "import", filepath.Join(home, "export"), "--sandbox", "-q")
	id := strings.TrimSpace(h.OK("messages", "fetch", "-u", "alice", "-c", "zhangwei", "--limit", "1", "-o", "ndjson", "--jq", ".id", "--sandbox"))
	h.OK("messages", "delete", "-u", "alice", "-c", "zhangwei", "--id", id, "--yes", "--sandbox")
	h.OK("archive", "sync", "--source", "roaming", "-u", "alice", "--recheck", "--sandbox")
	text := func(out string) string {
		h.OK("transcript", "-u", "alice", "-c", "zhangwei", "--archive", "--format", "text", "--out", filepath.Join(home, out), "--sandbox")
		b, err := os.ReadFile(filepath.Join(home, out, "chat-zhangwei.txt"))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	got := text("unseen")
	if !strings.Contains(got, "5 messages, 1 not in the user's history") || !strings.Contains(got, "deleted before, or never there") {
		t.Errorf("an unseen message:\n%s", got)
	}
	// One that a sync saw is called so.
	id = strings.TrimSpace(h.OK("messages", "fetch", "-u", "alice", "-c", "zhangwei", "--limit", "1", "-o", "ndjson", "--jq", ".id", "--sandbox"))
	h.OK("messages", "delete", "-u", "alice", "-c", "zhangwei", "--id", id, "--yes", "--sandbox")
	h.OK("archive", "sync", "--source", "roaming", "-u", "alice", "--recheck", "--sandbox")
	got = text("gone")
	if !strings.Contains(got, "1 deleted or recalled, 1 not in the user's history") || !strings.Contains(got, "alice no longer saw it on") {
		t.Errorf("a message that is gone:\n%s", got)
	}
}
