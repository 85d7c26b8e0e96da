package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/sandbox"
)

const (
	manyUsers    = 60
	manyMessages = 3000
	// longestLife is how long a process may live, at most, before it is killed:
	// shorter than the run takes, so that it is killed often.
	longestLife = 120 * time.Millisecond
)

func manyKills() int { return rounds(50, 16) }

// manyWorld is a served sandbox full of users who talk to each other.
type manyWorld struct {
	env  []string
	home string
	dice *rand.Rand
}

func newManyWorld(t *testing.T) *manyWorld {
	t.Helper()
	if testing.Short() {
		t.Skip("a long test")
	}
	box, err := sandbox.Open(t.Context(), sandbox.Options{Latency: 2 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	world := sandbox.GenerateOptions{Users: manyUsers, Groups: 5, Messages: manyMessages, Seed: 3, Days: 5, End: time.Now()}
	if _, err := box.Generate(t.Context(), world, nil); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(box.Handler())
	t.Cleanup(server.Close)
	to := box.Credentials()
	w := &manyWorld{home: t.TempDir(), dice: rand.New(rand.NewPCG(1, 2))}
	w.env = append(os.Environ(), "HOME="+w.home, "ROAMCTL_KEYRING=off", "ROAMCTL_LIMITS=off",
		"ROAMCTL_HOST="+server.URL, "ROAMCTL_APP_KEY="+to.AppKey,
		"ROAMCTL_CLIENT_ID="+to.ClientID, "ROAMCTL_CLIENT_SECRET="+to.ClientSecret)
	return w
}

// run runs a command to its end.
func (w *manyWorld) run(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("roamctl", args...)
	cmd.Env = w.env
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("roamctl %s: %v\n%s%s", strings.Join(args, " "), err, out, stderr.Bytes())
	}
	return string(out)
}

// disturb runs a command that is killed at random instants and resumed, so
// often, and then left to its end. It returns the run's ID.
func (w *manyWorld) disturb(t *testing.T, kills int, args ...string) string {
	t.Helper()
	killed, atWork := 0, 0
	for killed < kills {
		id := w.unfinished(t)
		command := args
		if id != "" {
			command = []string{"runs", "resume", id, "--yes", "--quiet"}
			atWork++
		}
		cmd := exec.Command("roamctl", command...)
		cmd.Env = w.env
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(w.dice.Int64N(int64(longestLife))), func() { _ = cmd.Process.Kill() })
		err := cmd.Wait()
		timer.Stop()
		switch {
		case cmd.ProcessState.ExitCode() == -1:
			killed++
		case err == nil:
			t.Fatalf("the run was done after %d kills: it is too short to show anything", killed)
		default:
			t.Fatalf("roamctl %s: %v\n%s", strings.Join(command, " "), err, stderr.String())
		}
	}
	t.Logf("%d kills, %d of them of a process that went on with a run", killed, atWork)
	id := w.unfinished(t)
	if id == "" {
		t.Fatal("there is no run to finish")
	}
	w.run(t, "runs", "resume", id, "--yes", "--quiet")
	return id
}

// unfinished is the run that was interrupted last; "" for none.
func (w *manyWorld) unfinished(t *testing.T) string {
	t.Helper()
	id, _, _ := strings.Cut(w.run(t, "runs", "list", "--state", "interrupted", "-o", "ndjson", "--jq", ".id"), "\n")
	return id
}

// files is every file below a folder, with its bytes.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		all[strings.TrimPrefix(path, dir)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// An export is killed many times, at random instants, and resumed: the files
// are, to the byte, those of one that nobody disturbed.
func TestKilledExportsAreFinished(t *testing.T) {
	w := newManyWorld(t)
	for _, how := range [][]string{nil, {"--path-template", "{user}.{format}", "--part-size", "20kB"}} {
		t.Run(strings.Join(how, " "), func(t *testing.T) {
			calm, rough := filepath.Join(t.TempDir(), "calm"), filepath.Join(t.TempDir(), "rough")
			w.run(t, append([]string{"messages", "export", "--all-users", "-q", "--out", calm}, how...)...)
			w.disturb(t, manyKills()/2, append([]string{"messages", "export", "--all-users", "-q", "--out", rough}, how...)...)
			if diff := cmp.Diff(keys(files(t, calm)), keys(files(t, rough))); diff != "" {
				t.Fatal(diff)
			}
			for name, content := range files(t, calm) {
				if got := files(t, rough)[name]; got != content {
					t.Errorf("%s has %d bytes, want %d, or others", name, len(got), len(content))
				}
			}
			w.run(t, "export", "verify", rough)
		})
	}
}

func keys(m map[string]string) map[string]bool {
	all := map[string]bool{}
	for k := range m {
		all[k] = true
	}
	return all
}

// Half of the users lose everything, in a run that is killed many times: they
// have nothing any more, the others have all that they had, and what went is in
// the backups, each message once.
func TestKilledClearsAreFinished(t *testing.T) {
	w := newManyWorld(t)
	var users, others strings.Builder
	for i := range manyUsers {
		b := &users
		if i%2 == 1 {
			b = &others
		}
		fmt.Fprintf(b, "u%06d\n", i)
	}
	path := func(name, text string) string {
		p := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	victims, rest := path("victims", users.String()), path("rest", others.String())
	histories := func(file string) string {
		return w.run(t, "messages", "fetch", "--users-file", file, "--all", "-q", "-o", "ndjson", "--jq", `.user + " " + .chat_type + " " + .conversation + " " + .id`)
	}
	gone, kept := histories(victims), histories(rest)
	if gone == "" || kept == "" {
		t.Fatal("the world is empty")
	}
	id := w.disturb(t, manyKills(), "messages", "clear", "--users-file", victims, "--yes", "-q")

	if got := histories(victims); got != "" {
		t.Errorf("left behind:\n%s", got)
	}
	if got := w.run(t, "conversations", "list", "--users-file", victims, "--all", "--include-empty", "-q", "-o", "ndjson"); got != "" {
		t.Errorf("on the lists:\n%s", got)
	}
	if diff := cmp.Diff(kept, histories(rest)); diff != "" {
		t.Errorf("others lost something:\n%s", diff)
	}
	if diff := cmp.Diff(sorted(gone), sorted(backedUp(t, w, id))); diff != "" {
		t.Errorf("in the backups (-want +got):\n%s", diff)
	}
	w.run(t, "audit", "verify")
}

func sorted(text string) []string {
	return slices.Sorted(strings.Lines(text))
}

// backedUp is what the backups of a run hold, as histories has it. A kill
// between a backup and its note in the journal can leave one behind that
// nothing refers to: those that the run counts on are meant.
func backedUp(t *testing.T, w *manyWorld, run string) string {
	t.Helper()
	var b strings.Builder
	for line := range strings.Lines(w.run(t, "runs", "show", run, "--users", "-o", "ndjson", "--jq", ".run_id")) {
		var part struct {
			User   string
			Backup *struct{ Path, Digest string }
		}
		if err := json.Unmarshal([]byte(w.run(t, "runs", "show", strings.TrimSpace(line), "-o", "json")), &part); err != nil {
			t.Fatal(err)
		}
		if part.Backup == nil {
			continue // there was nothing to delete
		}
		m, err := backup.Verify(t.Context(), part.Backup.Path)
		if err != nil || m.Digest != part.Backup.Digest {
			t.Fatalf("%s: %v", part.Backup.Path, err)
		}
		kept, err := backup.Open(part.Backup.Path)
		if err != nil {
			t.Fatal(err)
		}
		for message, err := range kept.Messages() {
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(&b, part.User, message.ChatType, message.Conversation, message.ID)
		}
		_ = kept.Close()
	}
	return b.String()
}
