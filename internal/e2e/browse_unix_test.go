//go:build unix

package e2e

import (
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/sandbox"
)

// TestBrowse runs the browser in a terminal of 80 by 24 and compares its screens with
// testdata/browse.
func TestBrowse(t *testing.T) {
	for _, name := range []string{"tmux", "timeout"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skip(name + " is not installed (apt-get install tmux coreutils)")
		}
	}
	t.Parallel()
	sent := time.Date(2024, 11, 20, 8, 0, 0, 0, time.UTC)
	box, err := sandbox.Open(t.Context(), sandbox.Options{Now: func() time.Time { return sent }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	for _, m := range [][3]string{
		{"carol", "alice", "see you"},
		{"zhangwei", "alice", "一起吃拉面吗？"},
		{"alice", "zhangwei", "好啊 👍🏽"},
		{"zhangwei", "alice", "\x1b[2J\x1b]0;title\x07 \u202eexe.gnp"},
	} {
		sent = sent.Add(time.Minute)
		if _, err := box.SendText(t.Context(), m[0], m[1], "chat", m[2]); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(box.Handler())
	t.Cleanup(server.Close)
	to := box.Credentials()
	x := newTmux(t, append(readmeEnvironment(t), "ROAMCTL_TZ=UTC", "ROAMCTL_HOST="+server.URL, "ROAMCTL_APP_KEY="+to.AppKey,
		"ROAMCTL_CLIENT_ID="+to.ClientID, "ROAMCTL_CLIENT_SECRET="+to.ClientSecret))
	x.start("roamctl browse -u alice --out out")
	x.shows("list")
	x.keys("Enter")
	x.shows("chat")
	x.keys("/", "拉面", "Enter")
	x.shows("search")
	x.keys("d")
	x.applies(regexp.MustCompile(`planned: 1 message; (roamctl apply out/plan-alice-zhangwei-\w+\.json)`))
	x.keys("?")
	x.shows("help")
	x.keys("Escape")
	x.shows("search")
	x.keys("q")
	x.shows("quit")
}

// hostName is the service's name on a screen: its port differs from test to test.
var hostName = regexp.MustCompile(` +live http://127.0.0.1:\d+`)

// tmux is a terminal that tmux emulates.
type tmux struct {
	*testing.T

	dir string
	env []string
}

func newTmux(t *testing.T, env []string) *tmux {
	t.Helper()
	dir, err := os.MkdirTemp("", "tmux") // t.TempDir is too long for a socket's path
	if err != nil {
		t.Fatal(err)
	}
	x := &tmux{T: t, dir: dir, env: append(env, "LC_ALL=C.UTF-8", "SHELL=/bin/sh")}
	t.Cleanup(func() {
		_, _ = x.run("kill-server") // it has ended if the test passed
		_ = os.RemoveAll(dir)
	})
	return x
}

// start runs a command and then shows its exit code. The server ends with it, after a
// minute at the latest.
func (x *tmux) start(command string) {
	x.Helper()
	x.must("new-session", "-d", "-x", "80", "-y", "24", "timeout --foreground 60 "+command+"; echo exit $?; sleep 30")
}

// run runs tmux without the descriptors that the test has inherited, such as a lock's:
// the server would keep them.
func (x *tmux) run(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	const closed = `exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; exec tmux -u -S socket -f /dev/null "$@"`
	cmd := exec.CommandContext(ctx, "sh", append([]string{"-c", closed, "sh"}, args...)...)
	cmd.Dir, cmd.Env = x.dir, x.env
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	return string(out), err
}

func (x *tmux) must(args ...string) string {
	x.Helper()
	out, err := x.run(args...)
	if err != nil {
		x.Fatalf("tmux %s: %v", strings.Join(args, " "), err)
	}
	return out
}

func (x *tmux) keys(keys ...string) {
	x.Helper()
	x.must(append([]string{"send-keys"}, keys...)...)
}

// applies waits for the command that applies a plan, and runs it.
func (x *tmux) applies(status *regexp.Regexp) {
	x.Helper()
	var found []string
	for giveUp := time.Now().Add(30 * time.Second); found == nil; <-time.After(50 * time.Millisecond) {
		screen := x.must("capture-pane", "-p")
		if found = status.FindStringSubmatch(strings.Join(strings.Fields(screen), " ")); found == nil && time.Now().After(giveUp) {
			x.Fatalf("no plan:\n%s", screen)
		}
	}
	cmd := exec.CommandContext(x.Context(), "sh", "-c", found[1]+" --yes --quiet")
	cmd.Dir, cmd.Env = x.dir, x.env
	if out, err := cmd.CombinedOutput(); err != nil {
		x.Fatalf("%s: %v\n%s", found[1], err, out)
	}
}

// shows waits until the screen is that of a golden file. UPDATE_SCRIPTS=1 rewrites it.
func (x *tmux) shows(name string) {
	x.Helper()
	path := filepath.Join("testdata", "browse", name+".txt")
	update := os.Getenv("UPDATE_SCRIPTS") != ""
	want, err := os.ReadFile(path)
	if err != nil && !update {
		x.Fatal(err)
	}
	tick, giveUp := time.NewTicker(50*time.Millisecond), time.After(30*time.Second)
	defer tick.Stop()
	if update {
		giveUp = time.After(3 * time.Second)
	}
	for {
		screen := hostName.ReplaceAllString(strings.TrimRight(x.must("capture-pane", "-p"), "\n")+"\n", " HOST")
		if screen == string(want) {
			return
		}
		select {
		case <-tick.C:
		case <-giveUp:
			if !update {
				x.Fatalf("%s (-want +got):\n%s", path, cmp.Diff(string(want), screen))
			}
			if err := os.WriteFile(path, []byte(screen), 0o600); err != nil {
				x.Fatal(err)
			}
			return
		}
	}
}
