package deleting_test

import (
	"path/filepath"
	"testing"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
)

func TestRefusedPlansAreAudited(t *testing.T) {
	h := cmdtest.New(t)
	file := filepath.Join(t.TempDir(), "a.plan.json")
	h.Run("messages", "delete", "-u", "alice", "-c", "bob", "--id", "7", "--plan", file, "--ticket", "T-1", "--sandbox").Want(t, 10, "not visible")
	h.Run("audit", "list", "-o", "ndjson", "--jq", ".outcome+\" \"+.ticket").Want(t, 0, "refused T-1")
}
