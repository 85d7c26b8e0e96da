package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// syncedSandbox starts a sandbox whose history files reach back to November 2025.
func syncedSandbox(t *testing.T, imported string) *started {
	t.Helper()
	box := startSandbox(t, "--ephemeral", "--seed", "none", "--import", imported, "--history-files-since", "2025-11-01", "--history-files-lag", "0s")
	box.env = append(box.env, "ROAMCTL_HISTORY_FILES_ZONE=Beijing")
	return box
}

// TestArchiveOfRealMessages syncs a collection of real messages into an archive, if there
// is one next to the repository, from both sources, and again.
func TestArchiveOfRealMessages(t *testing.T) {
	t.Parallel()
	collection := filepath.Join("..", "..", "..", "shared", "data", "sms_zh.ndjson.gz")
	if _, err := os.Stat(collection); err != nil {
		t.Skipf("no collection of real messages: %v", err)
	}
	box := syncedSandbox(t, collection)
	const all, owner = 31465, user
	hours := []string{"archive", "sync", "--source", "history-files", "--since", "2025-11-20", "--until", "2025-11-23"}
	users := []string{"archive", "sync", "--source", "roaming", "--all-users"}
	box.run(t, "", hours...)
	box.holds(t, all)
	box.run(t, "", users...)
	box.holds(t, all)
	box.sees(t, owner, peer, "", 1457)

	// Again, there is nothing new, and it says nothing.
	for _, args := range [][]string{hours, users} {
		if out := box.run(t, "", args...); out.stdout+out.stderr != "" {
			t.Errorf("%s: printed %q", strings.Join(args, " "), out.stdout+out.stderr)
		}
	}
	if added := box.run(t, "", append(hours, "-o", "json", "--jq", ".added, .known")...); added.stdout != "0\n0\n" {
		t.Errorf("added and known: %q", added.stdout)
	}
	box.holds(t, all)

	// What a user deletes is still found, and gone after a recheck.
	id := strings.TrimSpace(box.run(t, "", "messages", "fetch", "-u", owner, "-c", peer, "--direction", "down", "-n", "1", "-o", "ndjson", "--jq", ".id").stdout)
	box.run(t, "", "messages", "delete", "-u", owner, "-c", peer, "--id", id, "--yes")
	box.run(t, "", "archive", "sync", "--source", "roaming", "--user", owner)
	box.sees(t, owner, peer, "gone", 0)
	box.run(t, "", "archive", "sync", "--source", "roaming", "--user", owner, "--recheck")
	box.holds(t, all)
	box.sees(t, owner, peer, "seen", 1456)
	if gone := box.run(t, "", "archive", "status", "-u", owner, "-c", peer, "--state", "gone", "-o", "ndjson", "--jq", ".id"); gone.stdout != id+"\n" {
		t.Errorf("gone: %q, want %s", gone.stdout, id)
	}
}

// holds checks that the archive has so many messages, each once, and no gaps.
func (s *started) holds(t *testing.T, want int) {
	t.Helper()
	status := s.run(t, "", "archive", "status", "-o", "json", "--jq", "[.messages, .gaps] | tostring")
	if got := fmt.Sprintf("[%d,0]\n", want); status.stdout != got {
		t.Errorf("messages and gaps: %s, want %s", status.stdout, got)
	}
	ids := strings.Fields(s.run(t, "", "search", "--since", "2020-01-01", "--all", "-o", "ndjson", "--jq", ".id").stdout)
	slices.Sort(ids)
	if n := len(slices.Compact(ids)); n != want {
		t.Errorf("%d different messages, want %d", n, want)
	}
}

// sees checks how many messages of a conversation have a state for a user, "" for any.
func (s *started) sees(t *testing.T, who, with, state string, want int) {
	t.Helper()
	args := []string{"archive", "status", "-u", who, "-c", with, "--all", "-o", "ndjson", "--jq", ".id"}
	if state != "" {
		args = append(args, "--state", state)
	}
	if n := strings.Count(s.run(t, "", args...).stdout, "\n"); n != want {
		t.Errorf("%s with %s, %s: %d messages, want %d", who, with, state, n, want)
	}
}

// killsEach is how often each archive's commands are killed.
const killsEach = 5

// TestKilledSyncsAreFinished kills syncs and imports at random moments. Once they are
// run again, the archive is the same as without the kills.
func TestKilledSyncsAreFinished(t *testing.T) {
	t.Parallel()
	budget := newKillBudget(t, 20, 2)
	dir := t.TempDir()
	served, imported := filepath.Join(dir, "served.ndjson"), filepath.Join(dir, "imported.ndjson")
	writeRecords(t, served, "alice", 1, 3000)
	writeRecords(t, imported, "carol", 100_001, 3000)
	box := syncedSandbox(t, served)
	commands := [][]string{
		{"archive", "sync", "--source", "history-files", "--since", "2025-11-20", "--until", "2025-11-21"},
		{"archive", "sync", "--source", "roaming", "--all-users"},
		{"archive", "import", imported},
	}
	want, took := box.finished(t, filepath.Join(dir, "undisturbed.db"), commands)
	killed := 0
	runs := budget.run(1, func(n int) {
		dice := rand.New(rand.NewPCG(uint64(n), 11))
		place := filepath.Join(dir, fmt.Sprintf("killed-%d.db", n))
		for range killsEach {
			at, early := dice.IntN(len(commands)), dice.Float64()
			if box.killed(t, place, commands[at], time.Duration(early*early*float64(took[at]))) {
				killed++
			}
		}
		got, _ := box.finished(t, place, commands)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("archive %d is not the undisturbed one (-want +got):\n%.2000s", n, diff)
		}
	})
	t.Logf("%d archives, %d of %d commands killed", runs, killed, runs*killsEach)
	if killed == 0 {
		t.Error("no command was killed: the test shows nothing")
	}
}

// writeRecords writes a history file of messages within a day.
func writeRecords(t *testing.T, path, from string, id, n int) {
	t.Helper()
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"msg_id":"%d","timestamp":%d,"from":"%s","to":"bob%d","chat_type":"chat",`+
			`"payload":{"bodies":[{"type":"txt","msg":"message %d 你好"}],"ext":{},"from":"%[3]s","to":"bob%[4]d"}}`+"\n",
			id+i, 1763568000000+int64(i)*25_000, from, i%7, i)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// killed starts a command on an archive and kills it. It reports whether the command was
// still running.
func (s *started) killed(t *testing.T, place string, args []string, after time.Duration) bool {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "roamctl", append(args, "--archive", place)...)
	cmd.Env = s.env
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	return cmd.Wait() != nil
}

// finished runs the commands to their end, and returns what the archive then has, and how
// long each command took.
func (s *started) finished(t *testing.T, place string, commands [][]string) (all []string, took []time.Duration) {
	t.Helper()
	for _, args := range commands {
		began := time.Now()
		s.run(t, "", append(args, "--archive", place)...)
		took = append(took, time.Since(began))
	}
	s.run(t, "", "archive", "verify", "--archive", place)
	for _, args := range [][]string{
		{"search", "--since", "2020-01-01", "--all", "-o", "ndjson", "--jq", "[.id, .timestamp, .text, .sources, .revisions] | tostring"},
		{"archive", "status", "-u", "alice", "--all", "-o", "ndjson", "--jq", `.id + " " + .state`},
		{"archive", "gaps", "-o", "json"},
	} {
		lines := strings.Split(s.run(t, "", append(args, "--archive", place)...).stdout, "\n")
		if args[1] == "status" {
			slices.Sort(lines) // conversations are in the order in which they came
		}
		all = append(all, lines...)
	}
	return all, took
}
