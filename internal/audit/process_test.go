//go:build unix

package audit

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/childtest"
)

// childCount names the variable with how many entries a child process appends.
const childCount = "AUDIT_TEST_COUNT"

func TestMain(m *testing.M) { os.Exit(childtest.Main(m, appendInChild)) }

// appendInChild appends entries and prints the number of each once Append has returned.
func appendInChild(dir string) error {
	n, err := strconv.Atoi(os.Getenv(childCount))
	if err != nil {
		return err
	}
	l := Open(filepath.Join(dir, "audit.ndjson"), time.Now)
	for i := range n {
		e, err := l.Append(context.Background(), example(i))
		if err != nil {
			return err
		}
		fmt.Println(e.Seq, e.Hash)
	}
	return nil
}

func child(t *testing.T, dir string, n int) *exec.Cmd {
	t.Helper()
	cmd := childtest.Command(t, dir)
	cmd.Env = append(cmd.Env, fmt.Sprintf("%s=%d", childCount, n))
	return cmd
}

func TestManyWriters(t *testing.T) {
	dir := t.TempDir()
	l := Open(filepath.Join(dir, "audit.ndjson"), time.Now)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			if err := child(t, dir, 15).Run(); err != nil {
				t.Error(err)
			}
		})
	}
	for i := range 20 {
		all.Go(func() {
			if _, err := l.Append(t.Context(), example(i)); err != nil {
				t.Error(err)
			}
			if _, err := l.Verify(t.Context()); err != nil {
				t.Errorf("while others write: %v", err)
			}
		})
	}
	all.Wait()
	intact(t, l, 3*15+20)
}

// TestKilledWriters kills a writer at a random instant, again and again: every
// entry that it reported is there, and the chain is whole.
func TestKilledWriters(t *testing.T) {
	dir := t.TempDir()
	l := Open(filepath.Join(dir, "audit.ndjson"), time.Now)
	for range childtest.Kills(15, 60) {
		reported := childtest.KilledAfter(t, child(t, dir, 1_000), rand.IntN(4), time.Duration(rand.IntN(12_000))*time.Microsecond)
		if _, err := l.Verify(t.Context()); err != nil {
			t.Fatal(err)
		}
		present := map[string]bool{}
		for e, err := range l.Entries(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			present[fmt.Sprint(e.Seq, " ", e.Hash)] = true
		}
		for _, r := range reported {
			if !present[r] {
				t.Fatalf("entry %q was reported and is lost", r)
			}
		}
	}
}
