package e2e

import (
	"bytes"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/childtest"
)

// A disk that is full before the backup is whole: nothing is deleted.
func TestNothingIsDeletedOnAFullDisk(t *testing.T) {
	dir := childtest.SmallDisk(t)
	s := startSandbox(t, "--ephemeral")
	count := func() string {
		return s.run(t, "", "messages", "fetch", "-u", "alice", "-c", "bob", "--all", "-o", "ndjson", "-q").stdout
	}
	before := count()
	cmd := exec.CommandContext(t.Context(), "roamctl", "conversations", "delete", "-u", "alice", "bob",
		"--delete-messages", "--backup-dir", dir, "--yes")
	cmd.Env = s.env
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err := cmd.Run()
	failed, ok := errors.AsType[*exec.ExitError](err)
	if !ok || failed.ExitCode() != 10 || !strings.Contains(stderr.String(), "nothing was deleted") {
		t.Errorf("%v: %s", err, stderr.String())
	}
	if count() != before {
		t.Error("messages are gone that are in no backup")
	}
	if out := s.run(t, "", "backup", "list", "--backup-dir", dir, "-o", "json", "--jq", ".items | length").stdout; out != "0\n" {
		t.Errorf("%s backups on the full disk", out)
	}
}
