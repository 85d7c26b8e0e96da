//go:build unix

package run

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/childtest"
	"github.com/roamctl/roamctl/internal/fault"
)

// childRun names the variable with the run that a child process resumes.
const childRun = "RUNS_TEST_RUN"

func TestMain(m *testing.M) { os.Exit(childtest.Main(m, work)) }

// work resumes a run, or begins one, and prints the data of each event once Append has
// returned.
func work(dir string) error {
	id := os.Getenv(childRun)
	ctx := context.Background()
	s := NewStore(dir, time.Now)
	unlock, err := s.Lock("org#app/alice", id)
	if err != nil {
		return err
	}
	r, err := s.Open(ctx, id)
	if id == "" {
		r, err = s.Begin(ctx, bob, func(r *Run) (any, error) {
			_, err := r.Add(ctx, []Job{{User: "alice"}})
			return intent{}, err
		})
	}
	if err != nil {
		return errors.Join(err, unlock())
	}
	fmt.Println(r.ID())
	for i := range 10_000 {
		text := fmt.Sprintf("%d-%d-%s", os.Getpid(), i, strings.Repeat("x", i%5*1000))
		if err := r.Journal(bob, 1).Append("work", text); err != nil {
			return err
		}
		fmt.Println(text)
	}
	return errors.Join(r.Close(), unlock())
}

// TestKilledRuns kills a run at a random instant and resumes it, again
// and again: no event that was reported is lost, and no lock outlives its
// process.
func TestKilledRuns(t *testing.T) {
	dir := t.TempDir()
	s := NewStore(dir, time.Now)
	id := ""
	var reported []string
	for range 60 {
		lines := childtest.KilledAfter(t, child(t, dir, id), rand.IntN(4), time.Duration(rand.IntN(12_000))*time.Microsecond)
		if len(lines) > 0 {
			id = lines[0]
			reported = append(reported, lines[1:]...)
		}
		if id == "" {
			continue
		}
		present := map[string]bool{}
		r, err := s.Open(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		for e, err := range r.Journal(bob, 1).Events(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			var text string
			if e.Kind == "work" && e.Into(&text) == nil {
				present[text] = true
			}
		}
		closed(t, r)
		for _, text := range reported {
			if !present[text] {
				t.Fatalf("event %.40q was reported and is lost", text)
			}
		}
		unlock, err := s.Lock("org#app/alice", "")
		if err != nil {
			t.Fatal(err)
		}
		if err := unlock(); err != nil {
			t.Fatal(err)
		}
	}
	if len(reported) == 0 {
		t.Error("nothing was ever reported")
	}
	// A run that was killed before it began may have left its folder.
	for info, err := range s.List(t.Context()) {
		if err != nil || info.State != Interrupted {
			t.Errorf("%+v, %v", info, err)
		}
	}
}

func TestALockNamesTheProcessThatHasIt(t *testing.T) {
	dir := t.TempDir()
	s := NewStore(dir, time.Now)
	cmd := child(t, dir, "")
	out, err := cmd.StdoutPipe()
	if err := errors.Join(err, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = cmd.Process.Kill(), cmd.Wait() })
	id, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Lock("org#app/alice", "")
	refused(t, err, fault.Safety, fmt.Sprint("process ", cmd.Process.Pid))
	_, err = s.Open(t.Context(), strings.TrimSpace(id))
	refused(t, err, fault.Safety, "another process")
	for info, err := range s.List(t.Context()) {
		if err != nil || info.State != Running {
			t.Errorf("%+v, %v", info, err)
		}
	}
}

func child(t *testing.T, dir, id string) *exec.Cmd {
	t.Helper()
	cmd := childtest.Command(t, dir)
	cmd.Env = append(cmd.Env, childRun+"="+id)
	return cmd
}
