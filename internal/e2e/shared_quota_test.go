package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestProcessesShareTheLimits runs two commands at once, each with more requests
// than the limit allows in a second. The service refuses none.
func TestProcessesShareTheLimits(t *testing.T) {
	t.Parallel()
	s := startSandbox(t, "--ephemeral", "--limits", "on")
	s.env = append(s.env, "ROAMCTL_LIMITS=on")
	fetch := []string{"messages", "fetch", "--user", "alice", "--conversation", "bob", "--all", "--page-size", "1", "--columns", "id", "--no-header", "--debug"}
	s.run(t, "", "auth", "token", "--user", "alice") // so that neither requests a token

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

// TestLimitsWithoutAStateFolder makes the folder read-only: the process keeps to
// the limits by itself, and says so once.
func TestLimitsWithoutAStateFolder(t *testing.T) {
	t.Parallel()
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

// TestTwoExportsShareTheLimits runs two exports at once, each with as many
// requests in flight as the limit allows. The service refuses none.
func TestTwoExportsShareTheLimits(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds, by the limits")
	}
	t.Parallel()
	data := t.TempDir()
	s := startSandbox(t, "--data", data, "--seed", "none", "--limits", "on", "--latency", "20ms")
	s.run(t, "", "sandbox", "generate", "--data", data, "--users", "40", "--messages", "900", "--quiet")
	s.env = append(s.env, "ROAMCTL_LIMITS=on")
	s.run(t, "", "users", "list", "--limit", "1") // so that neither requests a token
	var results [2]result
	var both sync.WaitGroup
	for i := range results {
		both.Go(func() {
			results[i] = s.run(t, "", "messages", "export", "--all-users", "--out", filepath.Join(t.TempDir(), fmt.Sprint(i)), "--progress", "json")
		})
	}
	both.Wait()
	for _, r := range results {
		var last struct {
			Refused  int            `json:"refused"`
			Failed   int            `json:"failed"`
			Families map[string]int `json:"calls_by_family"`
		}
		for line := range strings.Lines(r.stderr) {
			if strings.Contains(line, `"event":"finished"`) {
				if err := json.Unmarshal([]byte(line), &last); err != nil {
					t.Fatal(err)
				}
			}
		}
		if last.Refused > 0 || last.Failed > 0 || last.Families["other"] == 0 {
			t.Errorf("%+v\n%s", last, r.stderr)
		}
	}
}
