package runs_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
	journal "github.com/roamctl/roamctl/internal/runs"
)

// interruptedRun is a run of the sandbox's alice that was killed before it
// decided on its calls, in a home with a sandbox; and the store that has it.
func interruptedRun(t *testing.T, h *cmdtest.Home) (*journal.Store, string, string) {
	t.Helper()
	appKey := h.OK("sandbox", "info", "-o", "json", "--jq", ".app_key")
	appKey = appKey[:len(appKey)-1]
	store := journal.NewStore(filepath.Join(h.Env["HOME"], ".local", "state", "roamctl", "runs"), time.Now)
	run, err := store.Start(t.Context(), map[string]any{
		"job": map[string]any{
			"command": "messages delete", "owner": "alice", "batch_size": 50,
			"targets": []map[string]any{{"owner": "alice", "conversation": "bob", "type": "chat", "through": "2026-01-01T00:00:00.000Z"}},
		},
		"backup_dir": t.TempDir(), "verify": "none",
	}, journal.Summary{Command: "messages delete", Owner: "alice", Profile: "sandbox", AppKey: appKey})
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
	return store, run.ID(), appKey
}

func TestAResumeThatIsLockedOutCanBeTriedAgain(t *testing.T) {
	h := cmdtest.New(t)
	h.OK("conversations", "list", "-u", "alice", "--sandbox")
	store, id, appKey := interruptedRun(t, h)
	unlock, err := store.Lock(appKey+"/alice", "")
	if err != nil {
		t.Fatal(err)
	}
	h.Run("runs", "resume", id, "--yes", "--sandbox").Want(t, 10, "is being worked on")
	h.Run("audit", "list", "-o", "ndjson", "--jq", ".outcome").Want(t, 0, "refused")
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	h.Run("runs", "list", "--state", "interrupted").Want(t, 0, id)
	h.Run("runs", "resume", id, "--yes", "--sandbox").Want(t, 0)
	h.Run("runs", "list", "--state", "done").Want(t, 0, id)
}

func TestAProtectedProfileForbidsYesWhenResuming(t *testing.T) {
	h := cmdtest.New(t)
	h.OK("conversations", "list", "-u", "alice", "--sandbox")
	_, id, _ := interruptedRun(t, h)
	h.WriteConfig("profiles:\n  default:\n    protected: true\n")
	h.Type("", "runs", "resume", id, "--yes", "--sandbox").Want(t, 10, "forbids --yes")
	h.Type("alice\n", "runs", "resume", id, "--sandbox").Want(t, 0)
}
