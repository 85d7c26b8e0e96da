package e2e

import (
	"os"
	"strings"
	"sync"
	"testing"
)

// TestProcessesShareTheLimits: two commands at once, each with more calls than
// the limit allows in a second, are never told that they made too many.
func TestProcessesShareTheLimits(t *testing.T) {
	s := startSandbox(t, "--ephemeral", "--limits", "on")
	s.env = append(s.env, "ROAMCTL_LIMITS=on")
	fetch := []string{"messages", "fetch", "--user", "alice", "--conversation", "bob", "--all", "--page-size", "1", "--columns", "id", "--no-header", "--debug"}
	s.run(t, "", "auth", "token", "--user", "alice") // so that neither asks for one

	var results [2]result
	var both sync.WaitGroup
	for i := range results {
		both.Go(func() { results[i] = s.run(t, "", fetch...) })
	}
	both.Wait()
	for _, r := range results {
		if n := strings.Count(r.stderr, "/messageroaming"); n != 131 {
			t.Errorf("%d calls, want one for each of the 131 messages", n)
		}
		if n := strings.Count(r.stdout, "\n"); n != 131 {
			t.Errorf("%d messages, want 131", n)
		}
		if strings.Contains(r.stderr, "-> 429") {
			t.Error("a call was refused: the limit was passed")
		}
		if strings.Contains(r.stderr, "warning:") {
			t.Errorf("a warning:\n%s", r.stderr)
		}
	}
}

// TestLimitsWithoutAStateFolder: where the folder can't be written, the
// process keeps to the limits by itself, and says so once.
func TestLimitsWithoutAStateFolder(t *testing.T) {
	s := startSandbox(t, "--ephemeral", "--limits", "on")
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.env = append(s.env, "ROAMCTL_LIMITS=on", "XDG_STATE_HOME="+file)
	r := s.run(t, "", "messages", "fetch", "-u", "alice", "-c", "bob", "--all", "--page-size", "1", "-o", "ndjson", "--debug")
	if n := strings.Count(r.stderr, "warning: the limits are not shared with other roamctl processes"); n != 1 {
		t.Errorf("%d warnings, want 1:\n%.500s", n, r.stderr)
	}
	if strings.Contains(r.stderr, "-> 429") || strings.Count(r.stdout, "\n") != 131 {
		t.Errorf("%d messages:\n%s", strings.Count(r.stdout, "\n"), r.stderr)
	}
}
