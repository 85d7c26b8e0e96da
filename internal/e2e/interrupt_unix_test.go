//go:build unix

package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/sandbox"
)

// slowAnswer is how long a deletion takes: long enough for a signal to arrive
// while a request is in flight.
const slowAnswer = 400 * time.Millisecond

// inChat is more messages than there are requests in flight when each request
// deletes one.
const inChat = 150

// interruptible is a home with a service that deletes slowly, where alice has
// messages with bob.
type interruptible struct {
	*testing.T

	env []string
	ids []string
}

func newInterruptible(t *testing.T) *interruptible {
	t.Helper()
	if testing.Short() {
		t.Skip("its service answers slowly, to be interrupted in a call")
	}
	t.Parallel()
	box, err := sandbox.Open(t.Context(), sandbox.Options{Faults: faultsOf(t, "route=delete.*,delay="+slowAnswer.String())})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	i := &interruptible{T: t}
	for n := range inChat {
		id, err := box.SendText(t.Context(), "bob", "alice", "chat", fmt.Sprintf("message %d", n))
		if err != nil {
			t.Fatal(err)
		}
		i.ids = append(i.ids, fmt.Sprint(id))
	}
	server := httptest.NewServer(box.Handler())
	t.Cleanup(server.Close)
	to := box.Credentials()
	i.env = append(os.Environ(), "HOME="+t.TempDir(), "ROAMCTL_KEYRING=off", "ROAMCTL_LIMIT_DELETE_PER_SECOND=50",
		"ROAMCTL_HOST="+server.URL, "ROAMCTL_APP_KEY="+to.AppKey,
		"ROAMCTL_CLIENT_ID="+to.ClientID, "ROAMCTL_CLIENT_SECRET="+to.ClientSecret)
	return i
}

// interrupted deletes message by message, sends interrupts while requests are in
// flight, and returns how the process ended.
func (i *interruptible) interrupted(signals int) (state *os.ProcessState, out, errOut string) {
	i.Helper()
	// A process inherits ignored signals, such as SIGINT in the background of a
	// script. If its parent catches a signal, it begins with the default.
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, os.Interrupt)
	defer signal.Stop(caught)
	cmd := exec.Command("roamctl", "messages", "delete", "-u", "alice", "-c", "bob", "--id", strings.Join(i.ids, ","), "--batch-size", "1", "--yes")
	cmd.Env = i.env
	var stdout, stderr bytes.Buffer
	cmd.Stdout = &stdout
	pipe, err := cmd.StderrPipe()
	if err != nil {
		i.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		i.Fatal(err)
	}
	lines := bufio.NewScanner(io.TeeReader(pipe, &stderr))
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "call 2 of ") {
			break
		}
	}
	for range signals {
		<-time.After(slowAnswer / 8) // into the middle of a request
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			i.Fatal(err)
		}
	}
	_, _ = io.Copy(&stderr, pipe) // a process that is killed ends it
	_ = cmd.Wait()                // the state says it all
	return cmd.ProcessState, stdout.String(), stderr.String()
}

func (i *interruptible) roamctl(args ...string) string {
	i.Helper()
	cmd := exec.Command("roamctl", args...)
	cmd.Env = i.env
	out, err := cmd.Output()
	if err != nil {
		i.Fatalf("roamctl %v: %v\n%s", args, err, out)
	}
	return strings.Trim(strings.TrimSpace(string(out)), `"`)
}

// finish resumes the run, and checks that every message is deleted and backed up.
func (i *interruptible) finish() {
	i.Helper()
	id := i.roamctl("runs", "list", "--state", "interrupted", "-o", "json", "--jq", ".items[0].id")
	i.roamctl("runs", "resume", id, "--yes")
	if left := i.roamctl("messages", "fetch", "-u", "alice", "-c", "bob", "-o", "json", "--jq", ".items|length"); left != "0" {
		i.Errorf("%s messages are left", left)
	}
	if n := i.roamctl("backup", "verify", id, "-o", "json", "--jq", ".items[0].messages"); n != strconv.Itoa(inChat) {
		i.Errorf("%s messages are in the backup", n)
	}
	i.roamctl("audit", "verify")
}

// left returns the messages that alice still has.
func (i *interruptible) left() string {
	i.Helper()
	return i.roamctl("messages", "fetch", "-u", "alice", "-c", "bob", "--all", "-o", "json", "--jq", ".items[].id")
}

func TestAnInterruptWaitsForTheCallsInFlight(t *testing.T) {
	i := newInterruptible(t)
	state, out, errOut := i.interrupted(1)
	if state.ExitCode() != 130 || !strings.Contains(errOut, "roamctl runs resume") {
		t.Errorf("exit %d\n%s", state.ExitCode(), errOut)
	}
	left, said := strings.Fields(strings.ReplaceAll(i.left(), `"`, "")), strings.Fields(out)
	slices.Sort(left)
	slices.Sort(said)
	if len(left) == 0 || !slices.Equal(left, said) {
		t.Errorf("alice still has %v, but the command printed %v\n%s", left, said, errOut)
	}
	id := i.roamctl("runs", "list", "-o", "json", "--jq", ".items[0].id")
	if n := i.roamctl("runs", "show", id, "-o", "json", "--jq", ".calls.unanswered"); n != "0" {
		t.Errorf("the journal knows of %s calls without an answer", n)
	}
	i.finish()
}

func TestASecondInterruptStopsAtOnce(t *testing.T) {
	i := newInterruptible(t)
	state, _, errOut := i.interrupted(2)
	status, ok := state.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() || status.Signal() != syscall.SIGINT {
		t.Errorf("%s\n%s", state, errOut)
	}
	id := i.roamctl("runs", "list", "-o", "json", "--jq", ".items[0].id")
	if n := i.roamctl("runs", "show", id, "-o", "json", "--jq", ".calls.unanswered"); n == "0" {
		t.Errorf("the journal knows of %s calls without an answer", n)
	}
	i.finish()
}
