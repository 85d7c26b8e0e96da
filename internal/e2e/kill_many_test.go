package e2e

import (
	"bytes"
	"cmp"
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

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/sandbox"
)

const (
	manyUsers    = 60
	manyMessages = 3000
	// longestLife is the longest time until a process is killed. It is shorter than
	// the run, so that it is killed often.
	longestLife = 120 * time.Millisecond
)

// manyWorld is a served sandbox full of users who talk to each other.
type manyWorld struct {
	env  []string
	home string
	dice *rand.Rand
}

func newManyWorld(t *testing.T) *manyWorld {
	t.Helper()
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

// run runs a command that must succeed.
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

// disturb runs a command, kills and resumes it at random instants, and then lets
// it finish. It returns the run's ID.
func (w *manyWorld) disturb(t *testing.T, budget killBudget, args ...string) string {
	t.Helper()
	id, killed, resumed := "", 0, 0
	for budget.more(killed) {
		command := args
		if id = cmp.Or(w.unfinished(t), id); id != "" {
			command = []string{"runs", "resume", id, "--yes", "--quiet"}
			resumed++
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
		if cmd.ProcessState.ExitCode() == -1 {
			killed++
			continue
		}
		if err != nil {
			t.Fatalf("roamctl %s: %v\n%s", strings.Join(command, " "), err, stderr.String())
		}
		if killed < budget.sample {
			t.Fatalf("the run was done after %d kills: it is too short to show anything", killed)
		}
		break
	}
	t.Logf("%d kills, %d of them of a process that resumed the run", killed, resumed)
	if last := w.unfinished(t); last != "" {
		w.run(t, "runs", "resume", last, "--yes", "--quiet")
		return last
	}
	if id == "" {
		t.Fatal("there is no run to finish")
	}
	return id
}

// unfinished returns the run that was interrupted last, "" if there is none.
func (w *manyWorld) unfinished(t *testing.T) string {
	t.Helper()
	id, _, _ := strings.Cut(w.run(t, "runs", "list", "--state", "interrupted", "-o", "ndjson", "--jq", ".id"), "\n")
	return id
}

// files returns the content of every file below a folder.
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

// TestKilledExportsAreFinished kills an export many times, at random instants,
// and resumes it. Its files are, to the byte, those of an undisturbed one.
func TestKilledExportsAreFinished(t *testing.T) {
	for _, how := range [][]string{nil, {"--path-template", "{user}.{format}", "--part-size", "20kB"}} {
		t.Run(strings.Join(how, " "), func(t *testing.T) {
			budget := newKillBudget(t, 25, 6)
			t.Parallel()
			w := newManyWorld(t)
			calm, rough := filepath.Join(t.TempDir(), "calm"), filepath.Join(t.TempDir(), "rough")
			w.run(t, append([]string{"messages", "export", "--all-users", "-q", "--out", calm}, how...)...)
			w.disturb(t, budget, append([]string{"messages", "export", "--all-users", "-q", "--out", rough}, how...)...)
			if diff := gocmp.Diff(keys(files(t, calm)), keys(files(t, rough))); diff != "" {
				t.Fatal(diff)
			}
			for name, content := range files(t, calm) {
				if got := files(t, rough)[name]; got != content {
					t.Errorf("%s has %d bytes, want %d, or others", name, len(got), len(content))
				}
			}
			w.run(t, "messages", "export", "verify", rough)
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

// TestKilledClearsAreFinished deletes everything of half of the users, in a run
// that is killed many times. They have nothing left, the others have all that they
// had, and the backups have each deleted message once.
func TestKilledClearsAreFinished(t *testing.T) {
	budget := newKillBudget(t, 50, 12)
	t.Parallel()
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
	id := w.disturb(t, budget, "messages", "clear", "--users-file", victims, "--yes", "-q")

	if got := histories(victims); got != "" {
		t.Errorf("left behind:\n%s", got)
	}
	if got := w.run(t, "conversations", "list", "--users-file", victims, "--all", "--include-empty", "-q", "-o", "ndjson"); got != "" {
		t.Errorf("on the lists:\n%s", got)
	}
	if diff := gocmp.Diff(kept, histories(rest)); diff != "" {
		t.Errorf("others lost something:\n%s", diff)
	}
	if diff := gocmp.Diff(sorted(gone), sorted(backedUp(t, w, id))); diff != "" {
		t.Errorf("in the backups (-want +got):\n%s", diff)
	}
	w.run(t, "audit", "verify")
}

func sorted(text string) []string {
	return slices.Sorted(strings.Lines(text))
}

// backedUp returns the messages in the backups of a run. It ignores backups that no
// journal names: a kill before the journal's note can leave one.
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
	}
	return b.String()
}
