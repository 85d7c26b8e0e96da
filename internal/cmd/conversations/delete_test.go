package conversations_test

import (
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
)

func TestDeletingAGroupAsAChatNamesTheFlag(t *testing.T) {
	h := cmdtest.New(t)
	args := []string{"conversations", "delete", "-u", "alice", "250000000000101", "--delete-messages", "--yes", "--sandbox", "-o", "csv"}
	h.Run(args...).Want(t, 5, "alice has no chat 250000000000101", "use --type group")
	h.Run("conversations", "list", "-u", "alice", "--sandbox").Want(t, 0, "250000000000101")
	h.Run(append(args, "--type", "group")...).Want(t, 0, "accepted")
}

// With --everyone each participant's view is looked at again.
func TestEveryoneIsVerified(t *testing.T) {
	h := cmdtest.New(t)
	got := h.OK("conversations", "delete", "-u", "alice", "bob", "--everyone", "--delete-messages", "--yes", "--sandbox", "-o", "json",
		"--jq", `.items | sort_by(.user)[] | "\(.user) \(.verification.deleted == .messages and .messages > 0) \(.verification.still_visible) \(.verification.unknown)"`)
	// The parts run in parallel.
	if want := "alice true [] []\nbob true [] []\n"; got != want {
		t.Errorf("it says\n%s, want\n%s", got, want)
	}
}

// What --everyone is to do for each participant is noted before the first call:
// a run that stops in the first one's part is resumed to the end.
func TestEveryoneIsOneRunThatResumes(t *testing.T) {
	const group = "250000000000101"
	h := cmdtest.New(t)
	h.Run("conversations", "delete", "-u", "alice", group, "--type", "group", "--everyone", "--delete-messages",
		"--max-calls", "1", "--yes", "--sandbox").Want(t, 8, "runs resume")
	id := strings.TrimSpace(h.OK("runs", "list", "-o", "ndjson", "--jq", ".id"))
	want := "alice\nbob\ncarol\nzhangwei\n"
	if got := h.OK("runs", "show", id, "--users", "-o", "ndjson", "--jq", ".user"); got != want {
		t.Errorf("the run has the users\n%s, want\n%s", got, want)
	}
	h.Run("conversations", "delete", "-u", "alice", "-u", "bob", "carol", "--keep-messages", "--retry-failed", id, "--yes", "--sandbox").
		Want(t, 2, "only one of")
	h.Run("conversations", "delete", "carol", "--keep-messages", "--retry-failed", id, "--yes", "--sandbox").Want(t, 2, "runs resume")
	h.OK("runs", "resume", id, "--yes", "--sandbox")
	for user := range strings.FieldsSeq(want) {
		if left := h.OK("messages", "fetch", "-u", user, "-c", group, "--type", "group", "--all", "-o", "ndjson", "--sandbox"); left != "" {
			t.Errorf("%s still has\n%s", user, left)
		}
	}
	h.Run("runs", "show", id).Want(t, 0, "of 4 users: 4 done, 0 failed, 0 pending")
}

func TestEveryoneRefusesVerifyPeer(t *testing.T) {
	cmdtest.New(t).Run("conversations", "delete", "-u", "alice", "bob", "--everyone", "--delete-messages", "--verify", "peer", "--yes", "--sandbox").
		Want(t, 2, "nothing to compare")
}

func TestDeleteThatStopsNamesItsRun(t *testing.T) {
	for calls, code := range map[string]int{"3": 8, "4": 130} { // in the deletion, in the verification
		h := cmdtest.New(t)
		got := h.Run("conversations", "delete", "-u", "alice", "bob", "carol", "--keep-messages", "--max-calls", calls, "--yes", "--sandbox", "-o", "json")
		id := strings.TrimSpace(h.OK("runs", "list", "-o", "ndjson", "--jq", ".id"))
		got.Want(t, code, `"hint":"to resume: roamctl runs resume `+id)
	}
}
