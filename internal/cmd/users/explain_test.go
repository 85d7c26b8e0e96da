package users_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
)

// With --user the first argument is the peer, unless it repeats the user.
func TestExplainTakesTheUserOfTheFlagAndAPeer(t *testing.T) {
	h := cmdtest.New(t)
	for _, args := range []string{"-u noor zhangwei", "noor zhangwei", "noor -u noor zhangwei", "noor -c zhangwei"} {
		got := h.OK(append(strings.Fields("users explain "+args), "-o", "json", "--jq", ".user,.conversation", "--sandbox")...)
		if got != "noor\nzhangwei\n" {
			t.Errorf("%s explains %q", args, got)
		}
	}
	h.Run("users", "explain", "-u", "noor", "zhangwei", "alice", "--sandbox").Want(t, 2, "one conversation")
	h.Run("users", "explain", "-u", "noor", "-u", "alice", "--sandbox").Want(t, 2, "exactly one user")
}

// A view that could not be read has no counts.
func TestExplainOfAnUnknownPeer(t *testing.T) {
	got := cmdtest.New(t).Run("users", "explain", "liming", "nobody", "--sandbox")
	got.Want(t, 5, "nobody")
	for line := range strings.Lines(got.Out) {
		if strings.HasPrefix(line, "nobody ") && strings.ContainsAny(line, "0123456789") {
			t.Errorf("counts of a view that was not read: %s", line)
		}
	}
}

// An archive that is named and can't be read is an error, and explain never says then
// that there is no archive.
func TestExplainWithAnArchiveThatCannotBeRead(t *testing.T) {
	h := cmdtest.New(t)
	none := filepath.Join(h.Env["HOME"], "none.db")
	got := h.Run("users", "explain", "alice", "noor", "--archive", none, "--sandbox")
	got.Want(t, 5, "none.db", "could not be read")
	if strings.Contains(got.Out, "there is no archive") {
		t.Error(got.Out)
	}
	h.OK("archive", "init", "--sandbox")
	h.OK("users", "explain", "alice", "noor", "--sandbox")
	places, err := filepath.Glob(filepath.Join(h.Env["HOME"], ".local", "share", "roamctl", "archives", "*.db"))
	if err != nil || len(places) != 1 {
		t.Fatal(places, err)
	}
	if err := os.WriteFile(places[0], []byte(strings.Repeat("damage", 2000)), 0o600); err != nil {
		t.Fatal(err)
	}
	got = h.Run("users", "explain", "alice", "noor", "--sandbox")
	got.Want(t, 0, "the archive is left out", "could not be read")
	if strings.Contains(got.Out, "there is no archive") {
		t.Error(got.Out)
	}
}

// The commands that show more read the archive that was named.
func TestExplainNamesTheArchiveInItsCommands(t *testing.T) {
	h := cmdtest.New(t)
	place := filepath.Join(h.Env["HOME"], "named.db")
	h.OK("archive", "sync", "--source", "roaming", "-u", "noor", "--archive", place, "--sandbox", "-q")
	h.OK("messages", "clear", "-u", "noor", "--yes", "--no-backup", "--sandbox", "-q")
	got := h.OK("users", "explain", "noor", "zhangwei", "--archive", place, "-o", "json", "--jq", ".reasons[].more", "--sandbox")
	for line := range strings.Lines(got) {
		if strings.Contains(line, "archive") && !strings.Contains(line, "--archive="+place) {
			t.Errorf("it reads another archive: %s", line)
		}
	}
}
