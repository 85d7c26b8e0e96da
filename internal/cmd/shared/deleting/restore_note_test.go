package deleting_test

import (
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
)

// Before anything is deleted, it says what restore will be able to do about it,
// and afterwards restore does that.
func TestPromptEstimatesTheRestore(t *testing.T) {
	h := cmdtest.New(t)
	visible := strings.Count(h.OK("messages", "fetch", "-u", "alice", "-c", "mallory", "--all", "-o", "ndjson", "--sandbox"), "\n")
	remove := []string{"messages", "delete", "-u", "alice", "-c", "mallory", "--before", "1m", "--sandbox"}
	const skips = "it skips what others still have"
	want := "imports 21 messages again, but for everybody in the conversation: " + skips
	if visible != 21 {
		t.Fatalf("%d messages", visible)
	}
	words := func(r cmdtest.Result) string { return strings.Join(strings.Fields(r.Err), " ") }
	dry := h.Run(append(remove, "--dry-run")...)
	asked := h.Type("no\n", remove...)
	for name, r := range map[string]cmdtest.Result{"dry run": dry, "prompt": asked} {
		if !strings.Contains(words(r), want) || strings.Contains(words(r), "can put messages back") {
			t.Errorf("%s: %s", name, r.Err)
		}
	}
	h.Run(append(remove, "--dry-run", "--no-backup")...).Want(t, 0, "there is no way back")
	if r := h.Type("no\n", "messages", "clear", "--users-file", h.Write("users", "alice\nbob\n"), "--sandbox"); !strings.Contains(words(r), "imports the messages again, but for everybody in the conversation: "+skips) {
		t.Errorf("many: %s", r.Err)
	}
	h.OK(append(remove, "--yes")...)
	run := strings.TrimSpace(h.OK("runs", "list", "-o", "csv", "--columns", "id", "--no-header"))
	h.Run("restore", run, "-o", "json", "--jq", "[.total.messages, .total.to_restore, .total.peer_has] | tostring", "--sandbox").Want(t, 0, "[21,0,21]")
	h.Run("restore", run, "--allow-duplicates", "-o", "json", "--jq", ".total.to_restore", "--sandbox").Want(t, 0, "21")
}
