package limiter

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"
)

// The environment that makes the test binary a caller, see callAsTold.
const (
	callerFolder = "QUOTA_TEST_FOLDER"
	callerCalls  = "QUOTA_TEST_CALLS"
)

const (
	testCalls = 20
	testPer   = 200 * time.Millisecond
)

// callAsTold is what the processes of TestProcesses do: calls from four
// goroutines, each told on standard output with the time it was counted at.
func callAsTold(folder string) {
	n, _ := strconv.Atoi(os.Getenv(callerCalls))
	s := OpenShared(folder, SharedOptions{})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range n / 4 {
				at, err := s.wait(context.Background(), "app", Limit{testCalls, testPer})
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					return // and the calls that are missing fail the test
				}
				fmt.Println(at.UnixNano())
			}
		})
	}
	all.Wait()
}

// caller is a process of callAsTold.
type caller struct {
	cmd     *exec.Cmd
	out     *bufio.Scanner
	counted []time.Time
}

func startCaller(t *testing.T, folder string, calls int) *caller {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), callerFolder+"="+folder, fmt.Sprintf("%s=%d", callerCalls, calls))
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	return &caller{cmd: cmd, out: bufio.NewScanner(out)}
}

// read takes what the process tells, at most n lines of it.
func (c *caller) read(t *testing.T, n int) {
	t.Helper()
	for range n {
		if !c.out.Scan() {
			return
		}
		ns, err := strconv.ParseInt(c.out.Text(), 10, 64)
		must(t, err)
		c.counted = append(c.counted, time.Unix(0, ns))
	}
}

// TestProcesses: four processes at once, one of them killed on the way, never
// make more calls than allowed in any window, waste little, and get a share
// each.
func TestProcesses(t *testing.T) {
	const each = 40
	folder := t.TempDir()
	var callers []*caller
	for range 3 {
		callers = append(callers, startCaller(t, folder, each))
	}
	doomed := startCaller(t, folder, 10_000)
	doomed.read(t, 8)
	must(t, doomed.cmd.Process.Kill())
	doomed.read(t, 10_000)
	_ = doomed.cmd.Wait() // it was killed

	counted := doomed.counted
	for _, c := range callers {
		c.read(t, each+1)
		if err := c.cmd.Wait(); err != nil || len(c.counted) != each {
			t.Errorf("%d calls of %d, %v", len(c.counted), each, err)
		}
		counted = append(counted, c.counted...)
	}
	checkWindows(t, counted, testCalls, testPer)

	windows := (len(counted) - 1) / testCalls
	took := counted[len(counted)-1].Sub(counted[0])
	t.Logf("%d calls in %s; no less than %s", len(counted), took, time.Duration(windows)*testPer)
	if most := time.Duration(windows+1) * testPer * 2; took > most {
		t.Errorf("%d calls took %s, more than %s", len(counted), took, most)
	}
}

// TestProcessesShareEvenly: while two want all they can get, neither starves.
func TestProcessesShareEvenly(t *testing.T) {
	folder := t.TempDir()
	one, two := startCaller(t, folder, 200), startCaller(t, folder, 200)
	one.read(t, 201)
	two.read(t, 201)
	must(t, one.cmd.Wait())
	must(t, two.cmd.Wait())
	checkWindows(t, append(append([]time.Time{}, one.counted...), two.counted...), testCalls, testPer)
	begin, end := one.counted[0], one.counted[len(one.counted)-1]
	if first := two.counted[0]; first.After(begin) {
		begin = first
	}
	if last := two.counted[len(two.counted)-1]; last.Before(end) {
		end = last
	}
	both := func(counted []time.Time) (n int) {
		for _, at := range counted {
			if !at.Before(begin) && !at.After(end) {
				n++
			}
		}
		return n
	}
	a, b := both(one.counted), both(two.counted)
	t.Logf("%d and %d calls while both were at it", a, b)
	if min(a, b)+testCalls < max(a, b)/4 {
		t.Errorf("one starved: %d and %d calls", a, b)
	}
}
