package limiter

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/childtest"
)

var testLimit = Limit{Calls: 20, Per: 10 * time.Second}

// serveCaller runs in the processes of TestProcesses: at each time on standard input it
// tries to take a call, and prints how long the budget is full.
func serveCaller(folder string) {
	now := newHandClock()
	s := OpenShared(folder, now, nil)
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		var ns int64
		_, _ = fmt.Sscan(in.Text(), &ns)
		now.set(time.Unix(0, ns))
		wait, err := s.Take(context.Background(), "app", testLimit)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return // the missing answers fail the test
		}
		fmt.Println(int64(wait))
	}
}

// caller is a process of serveCaller.
type caller struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

func startCaller(t *testing.T, folder string) *caller {
	t.Helper()
	cmd := childtest.Command(t, folder)
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	return &caller{cmd: cmd, in: in, out: bufio.NewScanner(out)}
}

// ask makes the process try n calls at a time, and does not wait for the answers.
func (c *caller) ask(t *testing.T, n int, at time.Time) {
	t.Helper()
	for range n {
		_, err := fmt.Fprintln(c.in, at.UnixNano())
		must(t, err)
	}
}

// answers returns how many of n calls were counted, and the last wait.
func (c *caller) answers(t *testing.T, n int) (counted int, wait time.Duration) {
	t.Helper()
	for range n {
		if !c.out.Scan() {
			t.Fatal("a process ended")
		}
		_, err := fmt.Sscan(c.out.Text(), (*int64)(&wait))
		must(t, err)
		if wait == 0 {
			counted++
		}
	}
	return counted, wait
}

// Four processes, one of which is killed, make as many calls as allowed in any period
// and no more. The test sets the time.
func TestProcesses(t *testing.T) {
	const each = 10
	folder, now := t.TempDir(), newHandClock().Now()
	var callers []*caller
	for range 4 {
		callers = append(callers, startCaller(t, folder))
	}
	var counted []time.Time
	step := func() (n int, wait time.Duration) {
		for _, c := range callers {
			c.ask(t, each, now)
		}
		for _, c := range callers {
			some, full := c.answers(t, each)
			n, wait = n+some, max(wait, full)
		}
		counted = append(counted, slices.Repeat([]time.Time{now}, n)...)
		return n, wait
	}
	for range 5 {
		n, wait := step()
		if n != testLimit.Calls {
			t.Errorf("%d calls, want %d", n, testLimit.Calls)
		}
		now = now.Add(wait)
	}
	doomed := callers[0]
	callers = callers[1:]
	doomed.ask(t, 100, now)
	must(t, doomed.cmd.Process.Kill())
	_ = doomed.cmd.Wait() // it was killed
	n, wait := step()     // what the killed process counted is not known
	if n > testLimit.Calls {
		t.Errorf("%d calls, want at most %d", n, testLimit.Calls)
	}
	now = now.Add(wait)
	if n, _ = step(); n != testLimit.Calls {
		t.Errorf("%d calls after one was killed, want %d", n, testLimit.Calls)
	}
	checkWindows(t, counted, testLimit.Calls, testLimit.Per)
	for _, c := range callers {
		must(t, c.in.Close())
		must(t, c.cmd.Wait())
	}
}
