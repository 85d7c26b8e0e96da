package messages_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
)

var recallBob = []string{"messages", "recall", "-u", "alice", "-c", "bob", "--since", "2000-01-01", "--sandbox"}

func with(args []string, more ...string) []string {
	return append(append([]string{}, args...), more...)
}

func texts(h *cmdtest.Home, user, peer string) string {
	return h.OK("messages", "fetch", "-u", user, "-c", peer, "--all", "-o", "ndjson", "--jq", ".id", "--sandbox")
}

func TestContradictoryRecallsAreRefused(t *testing.T) {
	h := cmdtest.New(t)
	for args, want := range map[string]string{
		"recall -u alice -c bob":                                           "one of --id, --ids-file, --since, --until, --from is required",
		"recall -u alice --id 7":                                           "--id and --ids-file need one conversation of one user",
		"recall -u alice,bob -c carol --id 7":                              "--id and --ids-file need one conversation of one user",
		"recall -u alice -c bob --id 7 --since 1d":                         "exclude each other",
		"recall -u alice -c bob --id 7 --from bob":                         "exclude each other",
		"recall -u alice -c bob --id x":                                    `--id: "x" is not a message ID`,
		"recall -u alice -c bob --since 2026-11-20 --until 2026-11-19":     "is before --since",
		"recall -u alice -c bob --since 1d --ids-column x":                 "--ids-column needs --ids-file",
		"recall -u alice -c bob --since 1d --no-backup --with-attachments": "exclude each other",
	} {
		h.Run(append([]string{"messages"}, append(strings.Fields(args), "--sandbox")...)...).Want(t, 2, want)
	}
}

// The prompt says who loses what, and whose messages they are; without a yes nothing
// is recalled.
func TestRecallAsksAndSaysForWhom(t *testing.T) {
	h := cmdtest.New(t)
	before := texts(h, "bob", "alice")
	r := h.Type("no\n", recallBob...)
	words := strings.Join(strings.Fields(r.Err), " ")
	for _, want := range []string{
		"This RECALLS every message at or after", "from alice's chat with bob, by any sender.", "EVERYONE in the conversations loses them",
		"past the app's recall window; --force recalls them too", "; sent: ", " by bob, ", " by alice", "for everyone and with new IDs",
	} {
		if !strings.Contains(words, want) {
			t.Errorf("%q is missing in %s", want, r.Err)
		}
	}
	if strings.Contains(words, "deleted") || r.Code != 10 {
		t.Errorf("exit %d: %s", r.Code, r.Err)
	}
	h.Run(recallBob...).Want(t, 10, "--yes")
	h.Run(with(recallBob, "--dry-run")...).Want(t, 0, "no request that recalls was sent")
	if texts(h, "bob", "alice") != before {
		t.Error("something was recalled")
	}
}

// Everyone loses the messages; a restore brings them back for everyone.
func TestRecallAndRestore(t *testing.T) {
	h := cmdtest.New(t)
	h.Run(with(recallBob, "--yes")...).Want(t, 6, "exceed recall time limit", "not recalled (IDs on stdout)", "--force recalls it all the same")
	var report struct {
		State        string
		Accepted     int
		RunID        string                  `json:"run_id"`
		PeerBackups  []struct{ User string } `json:"peer_backups"`
		Backup       struct{ Attachments *struct{ Saved int } }
		Verification struct{ Peer string }
	}
	n := strings.Count(texts(h, "alice", "bob"), "\n")
	out := h.OK(with(recallBob, "--force", "--yes", "-o", "json")...)
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatal(err)
	}
	if report.State != "done" || report.Accepted != n || report.Verification.Peer != "peer_gone" || report.Backup.Attachments == nil ||
		len(report.PeerBackups) != 1 || report.PeerBackups[0].User != "bob" {
		t.Errorf("%d messages: %s", n, out)
	}
	if left := texts(h, "alice", "bob") + texts(h, "bob", "alice"); left != "" {
		t.Errorf("left: %s", left)
	}
	h.Run("audit", "list", "--run", report.RunID, "-o", "ndjson", "--jq", `.command + " " + .outcome`).Want(t, 0, "messages recall done")
	h.OK("restore", report.RunID, "--yes", "--sandbox")
	if back := strings.Count(texts(h, "bob", "alice"), "\n"); back != n {
		t.Errorf("bob has %d messages back of %d", back, n)
	}
}

// --force is the recall window's: it does not skip IDs that are not visible.
func TestMissingIDsOfARecall(t *testing.T) {
	h := cmdtest.New(t)
	id, _, _ := strings.Cut(texts(h, "alice", "bob"), "\n")
	args := []string{"messages", "recall", "-u", "alice", "-c", "bob", "--id", id + ",77", "--force", "--yes", "--sandbox"}
	h.Run(args...).Want(t, 10, "1 of 2 message IDs are not visible to this user (such as 77)", "nothing was recalled", "--skip-missing")
	h.Run(with(args, "--skip-missing")...).Want(t, 0, "recalled 1 message for everyone")
	h.Run("messages", "recall", "-u", "alice", "-c", "bob", "--id", id, "--yes", "--sandbox").Want(t, 10, "a message that was recalled or has expired is not visible")

	// What alice deleted from her view is still there for bob.
	id, _, _ = strings.Cut(texts(h, "alice", "bob"), "\n")
	h.OK("messages", "delete", "-u", "alice", "-c", "bob", "--id", id, "--yes", "--sandbox")
	h.Run("messages", "recall", "-u", "alice", "-c", "bob", "--id", id, "--force", "--yes", "--sandbox").Want(t, 10, "give --user another user")
	h.OK("messages", "recall", "-u", "bob", "-c", "alice", "--id", id, "--force", "--yes", "--sandbox")
}

// A recall destroys attachments: one that can't be saved stops it.
func TestRecallSavesAttachments(t *testing.T) {
	h := cmdtest.New(t)
	recall := func(peer string) []string {
		return []string{"messages", "recall", "-u", "alice", "-c", peer, "--since", "2000-01-01", "--force", "--yes", "--sandbox"}
	}
	if saved := h.OK(with(recall("carol"), "-o", "json", "--jq", ".backup.attachments.saved")...); saved != "8\n" {
		t.Errorf("carol's messages have 8 files, saved: %s", saved)
	}
	args := recall("mallory")
	h.Run(args...).Want(t, 10, "attachments, such as that of message", "nothing was recalled", "--allow-missing-attachments")
	h.Run(with(args, "--allow-missing-attachments")...).Want(t, 0, "for everyone")
}

func TestRecallIsGuarded(t *testing.T) {
	h := cmdtest.New(t)
	h.WriteConfig("profiles:\n  default:\n    protected: true\n")
	h.Run(with(recallBob, "--force", "--yes")...).Want(t, 10, "it forbids --yes")
	h.Run(with(recallBob, "--force", "--no-backup")...).Want(t, 10, "it forbids --no-backup")
	h.WriteConfig("profiles:\n  default:\n    require_reason: true\n")
	h.Run(with(recallBob, "--force", "--yes")...).Want(t, 10, "requires --reason", "for the recall")
}

// A plan says that everyone loses the messages, keeps --force, and saves attachments
// when it is applied.
func TestPlannedRecall(t *testing.T) {
	h := cmdtest.New(t)
	file := filepath.Join(t.TempDir(), "plan.json")
	h.Run("messages", "recall", "-u", "alice", "-c", "bob", "--from", "bob", "--force", "--plan", file, "--sandbox").Want(t, 0, "nothing was recalled")
	h.Run("plan", "show", file).Want(t, 0, "EVERYONE loses")
	r := h.Type("no\n", "apply", file, "--sandbox")
	r.Want(t, 10, "it recalls messages, and EVERYONE in the conversations loses them")
	if got := h.OK("apply", file, "--yes", "--sandbox", "-o", "json", "--jq", `[.command, .verification.peer, .backup.attachments.saved] | tostring`); got != `["messages recall","peer_gone",0]`+"\n" {
		t.Error(got)
	}
	if left := h.OK("messages", "fetch", "-u", "bob", "-c", "alice", "--all", "-o", "ndjson", "--jq", `select(.from == "bob").id`, "--sandbox"); left != "" {
		t.Errorf("bob has %s", left)
	}
}
