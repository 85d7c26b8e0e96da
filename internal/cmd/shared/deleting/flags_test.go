package deleting_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
)

// What a plan can't keep is refused, not forgotten.
func TestPlanRefusesFlagsItCannotStore(t *testing.T) {
	h := cmdtest.New(t)
	file := filepath.Join(t.TempDir(), "a.plan.json")
	args := []string{"messages", "delete", "-u", "alice", "-c", "bob", "--before", bobsBefore, "--sandbox"}
	for _, flags := range [][]string{
		{"--plan", file, "--with-attachments"},
		{"--plan", file, "--backup-dir", t.TempDir()},
		{"--plan", file, "--verify", "peer"},
		{"--plan", file, "--verify", "none"},
		{"--dry-run", "--no-text"},
	} {
		h.Run(append(slices.Clip(args), flags...)...).Want(t, 2)
	}
	h.Run(append(slices.Clip(args), "--plan", file, "--redact")...).Want(t, 2, "--no-text leaves")
}

func TestProfileForbidsFlags(t *testing.T) {
	h := cmdtest.New(t)
	args := []string{"messages", "delete", "-u", "alice", "-c", "bob", "--before", bobsBefore, "--sandbox"}
	with := func(flags ...string) []string { return append(slices.Clip(args), flags...) }
	h.Env["ROAMCTL_REQUIRE_REASON"] = "on"
	h.Run(with("--yes")...).Want(t, 10, "--reason")
	want(t, "the outcome", lastLine(t, h, ".outcome"), "refused")
	h.Env["ROAMCTL_PROTECTED"] = "on"
	h.Run(with("--yes", "--reason", "r")...).Want(t, 10, "forbids --yes")
	h.Run(with("--no-backup", "--reason", "r")...).Want(t, 10, "forbids --no-backup")
	want(t, "what is recorded", lastLine(t, h, `"\(.outcome) \(.reason) \(.no_backup)"`), "refused r true")
	h.Type("carol\n", with("--reason", "r")...).Want(t, 10, "not confirmed")
	h.Type("bob\n", with("--reason", "r")...).Want(t, 0, "deleted")
}
