package e2e

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The conversation and the group of the collection that the tests use.
const (
	user, peer = "ua43f693f1", "ub1a615259"
	bigGroup   = "250000000000003"
)

// line is the part of a message that the tests compare.
type line struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// TestRealMessages imports a collection of real messages, if there is one next to the
// repository, and fetches and deletes some.
func TestRealMessages(t *testing.T) {
	t.Parallel()
	collection := filepath.Join("..", "..", "..", "shared", "data", "sms_zh.ndjson.gz")
	if _, err := os.Stat(collection); err != nil {
		t.Skipf("no collection of real messages: %v", err)
	}
	box := startSandbox(t, "--ephemeral", "--seed", "none", "--import", collection)
	want := collected(t, collection)

	chat := []string{"messages", "fetch", "--user", user, "--conversation", peer, "--all", "-o", "ndjson"}
	newestFirst := parse(t, box.run(t, "", chat...))
	if len(newestFirst) != 1457 {
		t.Errorf("%d messages, want 1457", len(newestFirst))
	}
	slices.Reverse(want)
	if diff := cmp.Diff(want, newestFirst); diff != "" {
		t.Errorf("not what was imported, newest first (-want +got):\n%s", diff)
	}
	oldestFirst := parse(t, box.run(t, "", append(chat, "--direction", "down")...))
	slices.Reverse(oldestFirst)
	if diff := cmp.Diff(newestFirst, oldestFirst); diff != "" {
		t.Errorf("down is not the reverse of up (-up +down):\n%s", diff)
	}

	box.deletes(t, newestFirst[300:420])
	left := parse(t, box.run(t, "", chat...))
	if diff := cmp.Diff(slices.Concat(newestFirst[:300], newestFirst[420:]), left); diff != "" {
		t.Errorf("what is left to the user (-want +got):\n%s", diff)
	}
	theirs := parse(t, box.run(t, "", "messages", "fetch", "-u", peer, "-c", user, "--all", "-o", "ndjson"))
	if diff := cmp.Diff(newestFirst, theirs); diff != "" {
		t.Errorf("what the other side has (-want +got):\n%s", diff)
	}
	t.Run("group", box.fetchesGroup)
}

// deletes removes 120 messages in three requests.
func (s *started) deletes(t *testing.T, some []line) {
	t.Helper()
	var ids strings.Builder
	for _, m := range some {
		ids.WriteString(m.ID + "\n")
	}
	done := s.run(t, ids.String(), "messages", "delete", "-u", user, "-c", peer, "--ids-file", "-", "--yes", "--debug")
	if calls := strings.Count(done.stderr, "debug: DELETE "); calls != 3 {
		t.Errorf("%d calls deleted %d messages, want 3", calls, len(some))
	}
}

// fetchesGroup fetches a group of thousands of messages, each once.
// internal/bench measures how much memory that takes.
func (s *started) fetchesGroup(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "roamctl", "messages", "fetch",
		"-u", "u52a698db0", "-c", bigGroup, "--type", "group", "--all", "-o", "ndjson")
	cmd.Env = s.env
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for messages := json.NewDecoder(out); messages.More(); {
		var m line
		if err := messages.Decode(&m); err != nil {
			t.Fatal(err)
		}
		if seen[m.ID] {
			t.Errorf("message %s came twice", m.ID)
		}
		seen[m.ID] = true
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 7002 {
		t.Errorf("%d messages, want 7002", len(seen))
	}
}

// collected returns the conversation as the file has it, oldest first.
func collected(t *testing.T, path string) []line {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	plain, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []line
	for scanner := bufio.NewScanner(plain); scanner.Scan(); {
		var record struct {
			ID      string `json:"msg_id"`
			Payload struct {
				From, To string
				Bodies   []struct{ Msg string }
			}
		}
		if err := json.Unmarshal(scanner.Bytes(), &record); err != nil {
			t.Fatal(err)
		}
		p := record.Payload
		if p.From == user && p.To == peer || p.From == peer && p.To == user {
			list = append(list, line{ID: record.ID, Text: p.Bodies[0].Msg})
		}
	}
	return list
}

// parse reads what -o ndjson printed.
func parse(t *testing.T, r result) []line {
	t.Helper()
	var list []line
	for text := range strings.Lines(r.stdout) {
		var m line
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
		list = append(list, m)
	}
	return list
}
