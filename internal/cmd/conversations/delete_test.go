package conversations_test

import (
	"testing"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
)

func TestDeletingAGroupAsAChatSaysThatNothingWasDone(t *testing.T) {
	h := cmdtest.New(t)
	args := []string{"conversations", "delete", "-u", "alice", "250000000000101", "--delete-messages", "--yes", "--sandbox", "-o", "csv"}
	h.Run(args...).Want(t, 0, "alice has no chat 250000000000101 on the list", "not_sent")
	h.Run("conversations", "list", "-u", "alice", "--sandbox").Want(t, 0, "250000000000101")
	h.Run(append(args, "--type", "group")...).Want(t, 0, "accepted")
}

// With --everyone each participant's view is looked at again.
func TestEveryoneIsVerified(t *testing.T) {
	h := cmdtest.New(t)
	got := h.OK("conversations", "delete", "-u", "alice", "bob", "--everyone", "--delete-messages", "--yes", "--sandbox", "-o", "ndjson",
		"--jq", `"\(.owner) \(.verification.deleted == .messages and .messages > 0) \(.verification.still_visible) \(.verification.unknown)"`)
	if want := "alice true [] []\nbob true [] []\n"; got != want {
		t.Errorf("it says\n%s, want\n%s", got, want)
	}
}
