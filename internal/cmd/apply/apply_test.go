package apply_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
)

// planned is a home and a plan of a deletion.
func planned(t *testing.T, args ...string) (*cmdtest.Home, string) {
	t.Helper()
	h := cmdtest.New(t)
	file := filepath.Join(t.TempDir(), "plan.json")
	h.OK(append(args, "--plan", file, "--sandbox")...)
	return h, file
}

func lastRun(h *cmdtest.Home) string {
	return strings.TrimSpace(h.OK("runs", "list", "-o", "json", "--jq", ".items[0].id"))
}

func TestAppliedPlanDoesNothing(t *testing.T) {
	for name, args := range map[string][]string{
		"one user":      {"messages", "delete", "-u", "alice", "-c", "bob", "--before", "2100-01-01"},
		"many users":    {"messages", "clear", "-u", "alice", "-u", "bob"},
		"messages kept": {"conversations", "delete", "-u", "alice", "bob", "--keep-messages"},
		"for everyone":  {"conversations", "delete", "-u", "alice", "bob", "--everyone", "--delete-messages"},
		"unseen":        {"messages", "delete", "-u", "alice", "-c", "bob", "--before", "2100-01-01", "--no-backup"},
	} {
		t.Run(name, func(t *testing.T) {
			h, file := planned(t, args...)
			h.OK("apply", file, "--yes", "--sandbox")
			run := lastRun(h)
			for _, flag := range []string{"--yes", "--dry-run"} {
				h.Run("apply", file, flag, "--sandbox").Want(t, 0, "already applied by run "+run)
			}
			if again := lastRun(h); again != run {
				t.Errorf("another run, %s, was begun", again)
			}
			h.Run("audit", "list", "--run", run, "-o", "ndjson", "--jq", `.command + " " + .outcome`).Want(t, 0, "apply done")
		})
	}
}

// A message that exists again did not exist when the plan was reviewed.
func TestAppliedPlanKeepsRestoredMessages(t *testing.T) {
	for name, args := range map[string][]string{
		"one user":   {"messages", "delete", "-u", "alice", "-c", "bob", "--before", "2100-01-01"},
		"many users": {"messages", "delete", "-u", "alice", "-u", "carol", "-c", "bob", "--before", "2100-01-01"},
	} {
		t.Run(name, func(t *testing.T) {
			h, file := planned(t, args...)
			h.OK("apply", file, "--yes", "--sandbox")
			run := lastRun(h)
			part := run
			if name != "one user" {
				part += "-000001"
			}
			h.OK("restore", part, "--yes", "--allow-duplicates", "--sandbox")
			h.Run("apply", file, "--yes", "--sandbox").Want(t, 10, "run "+run+" applied the plan", "exist again")
			if again := lastRun(h); again != run {
				t.Errorf("another run, %s, was begun", again)
			}
		})
	}
}

func TestInterruptedPlanIsFinishedByResume(t *testing.T) {
	h, file := planned(t, "messages", "clear", "-u", "alice", "-u", "bob")
	h.Run("apply", file, "--yes", "--max-calls", "1", "--sandbox").Want(t, 8, "runs resume")
	run := lastRun(h)
	h.Run("apply", file, "--yes", "--sandbox").Want(t, 10, "run "+run+" already started to apply the plan", "runs resume "+run)
	h.OK("runs", "resume", run, "--yes", "--sandbox")
	h.Run("apply", file, "--yes", "--sandbox").Want(t, 0, "already applied by run "+run)
}

// A run that was refused, and a dry run, have applied nothing.
func TestRefusedPlanCanBeApplied(t *testing.T) {
	h, file := planned(t, "messages", "delete", "-u", "alice", "-c", "bob", "--before", "2100-01-01")
	h.Run("apply", file, "--sandbox").Want(t, 10, "not confirmed")
	h.OK("apply", file, "--dry-run", "--sandbox")
	h.OK("apply", file, "--yes", "--sandbox")
	other := filepath.Join(t.TempDir(), "other.json")
	h.OK("messages", "delete", "-u", "alice", "-c", "carol", "--before", "2100-01-01", "--plan", other, "--sandbox")
	h.Run("apply", other, "--yes", "--sandbox").Want(t, 0, "none of them is visible any more")
}
