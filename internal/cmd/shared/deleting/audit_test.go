package deleting_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
)

const bobsBefore = "2100-01-01"

// lastLine is the last line of the audit log, as the fields that jq picks.
func lastLine(t *testing.T, h *cmdtest.Home, jq string) string {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(h.OK("audit", "list", "-o", "ndjson", "--jq", jq)), "\n")
	return lines[len(lines)-1]
}

func want(t *testing.T, what, have, want string) {
	t.Helper()
	if have != want {
		t.Errorf("%s is %q, want %q", what, have, want)
	}
}

// planned is a home with a plan, made with a reason and a ticket.
func planned(t *testing.T) (*cmdtest.Home, string) {
	t.Helper()
	h := cmdtest.New(t)
	file := filepath.Join(t.TempDir(), "a.plan.json")
	h.OK("messages", "delete", "-u", "alice", "-c", "bob", "--before", bobsBefore, "--plan", file, "--reason", "gone", "--ticket", "T-1", "--sandbox")
	return h, file
}

func TestPlansAreAuditedWithTheirCount(t *testing.T) {
	h, _ := planned(t)
	want(t, "the line", lastLine(t, h, `[.command, .outcome, .counts.planned > 100, .reason, .ticket] | join(" ")`), "messages delete planned true gone T-1")
}

func TestRefusedAppliesAreAudited(t *testing.T) {
	t.Run("changed", func(t *testing.T) {
		h, file := planned(t)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		file = h.Write("changed.json", strings.Replace(string(text), "gone", "done", 1))
		h.Run("apply", file, "--yes", "--sandbox").Want(t, 10, "changed after it was written")
		want(t, "the line", lastLine(t, h, `.command + " " + .outcome`), "apply refused")
	})
	t.Run("too old", func(t *testing.T) {
		h, file := planned(t)
		h.Run("apply", file, "--yes", "--max-age", "1ns", "--sandbox").Want(t, 10, "old")
		want(t, "the line", lastLine(t, h, `[.command, .outcome, .reason, .ticket] | join(" ")`), "messages delete refused gone T-1")
	})
	t.Run("moved", func(t *testing.T) {
		h, file := planned(t)
		id := strings.TrimSpace(h.OK("messages", "fetch", "-u", "alice", "-c", "bob", "--limit", "1", "-o", "ndjson", "--jq", ".id", "--sandbox"))
		h.OK("messages", "delete", "-u", "alice", "-c", "bob", "--id", id, "--yes", "--sandbox")
		h.Run("apply", file, "--yes", "--sandbox").Want(t, 10, "which the plan names, is gone")
		want(t, "the line", lastLine(t, h, `[.command, .outcome, .reason, .ticket] | join(" ")`), "messages delete refused gone T-1")
	})
}

func TestAnEmptyPlanIsNothingToDo(t *testing.T) {
	h := cmdtest.New(t)
	file := filepath.Join(t.TempDir(), "a.plan.json")
	h.OK("messages", "delete", "-u", "alice", "-c", "bob", "--before", "2000-01-01", "--plan", file, "--ticket", "T-1", "--sandbox")
	h.Run("apply", file, "--yes", "--sandbox").Want(t, 0, "nothing to do")
	want(t, "the line", lastLine(t, h, `[.command, .outcome, .ticket] | join(" ")`), "messages delete done T-1")
}

func TestFailedStartsAreAudited(t *testing.T) {
	h := cmdtest.New(t)
	h.OK("conversations", "list", "-u", "alice", "--sandbox")
	h.Write(filepath.Join(".local", "state", "roamctl", "runs"), "a file where a folder should be")
	r := h.Run("messages", "delete", "-u", "alice", "-c", "bob", "--before", bobsBefore, "--reason", "gone", "--yes", "--sandbox")
	if r.Code == 0 {
		t.Fatal("it ran without a journal")
	}
	want(t, "the line", lastLine(t, h, `[.command, .user, .conversation, .reason, .outcome] | join(" ")`), "messages delete alice bob gone failed")
}

func TestDryRunReportsInvisibleIDs(t *testing.T) {
	h := cmdtest.New(t)
	args := []string{"messages", "delete", "-u", "alice", "-c", "bob", "--id", "7,8", "--dry-run", "--sandbox"}
	h.Run(args...).Want(t, 10, "message 7 is not visible to alice", "message 8 is not visible to alice")
	h.Run(append(args, "-o", "json", "--jq", ".not_visible[0]+\" \"+.state")...).Want(t, 10, "7 refused")
	want(t, "the outcome", lastLine(t, h, ".outcome"), "refused")
}

func TestDryRunIsNotAuditedAsDone(t *testing.T) {
	h := cmdtest.New(t)
	got := h.OK("messages", "delete", "-u", "alice", "-c", "bob", "--before", bobsBefore, "--dry-run", "--sandbox",
		"-o", "json", "--jq", `"\(.state) \(.accepted_calls)"`)
	want(t, "the state", strings.TrimSpace(got), "planned 0")
}

func TestADryRunForEveryoneSaysSoOnce(t *testing.T) {
	h := cmdtest.New(t)
	r := h.Run("conversations", "delete", "-u", "alice", "bob", "--everyone", "--delete-messages", "--dry-run", "--sandbox")
	r.Want(t, 0, "user/alice?", "user/bob?")
	if n := strings.Count(r.Err, "dry run:"); n != 1 {
		t.Errorf("it says %d times that it is a dry run:\n%s", n, r.Err)
	}
}
