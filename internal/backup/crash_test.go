package backup

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if os.Getenv("BACKUP_TEST_WRITE") != "" {
		fmt.Println("ready")
		if err := writeForever("."); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// writeForever makes one backup after the other, and packs and prunes them.
func writeForever(dir string) error {
	ctx := context.Background()
	for n := 1; ; n++ {
		w, err := Create(ctx, dir, "b", options())
		if err != nil {
			return err
		}
		if err := fill(w, 50); err != nil {
			return err
		}
		if _, err := w.Commit(ctx); err != nil {
			return err
		}
		if err := Pack(ctx, w.Path(), w.Path()+archiveSuffix); err != nil {
			return err
		}
		if n%3 == 0 {
			if _, err := Prune(dir, time.Hour, noon().Add(2*time.Hour), false, nil); err != nil {
				return err
			}
		}
	}
}

// TestKilledAtAnyInstant kills a writer at random instants: whatever is listed
// then is whole, and the rest can be pruned.
func TestKilledAtAnyInstant(t *testing.T) {
	kills, all := 10, os.Getenv("ROAMCTL_TEST_KILLS") == "all"
	if all {
		kills = 50
	}
	dir := t.TempDir()
	partial, whole := 0, 0
	for range kills {
		cmd := exec.Command(os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), "BACKUP_TEST_WRITE=1")
		cmd.Dir = dir
		cmd.Stderr = os.Stderr
		ready, err := cmd.StdoutPipe()
		if err := errors.Join(err, cmd.Start()); err != nil {
			t.Fatal(err)
		}
		ready.Read(make([]byte, 1))
		timer := time.AfterFunc(rand.N(80*time.Millisecond), func() { cmd.Process.Kill() })
		err = cmd.Wait()
		timer.Stop()
		if cmd.ProcessState.Exited() {
			t.Fatalf("the writer ended by itself: %v", err)
		}
		all, err := scan(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			if e.Partial {
				partial++
				if _, err := Verify(t.Context(), e.Path); err == nil {
					t.Errorf("%s verifies", e.Path)
				}
				continue
			}
			whole++
			if _, err := Verify(t.Context(), e.Path); err != nil {
				t.Errorf("listed, but: %v", err)
			}
		}
		empty(t, dir)
	}
	t.Logf("%d kills left %d backups whole and %d unfinished", kills, whole, partial)
	if (whole == 0 || partial == 0) && all {
		t.Errorf("%d whole, %d unfinished: the kills miss what they are to hit", whole, partial)
	}
}

// empty prunes everything as of two days later, by the clock of the files.
func empty(t *testing.T, dir string) {
	t.Helper()
	if _, err := Prune(dir, 0, time.Now().Add(48*time.Hour), false, nil); err != nil {
		t.Fatal(err)
	}
	all, err := scan(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if err := os.Remove(e.Path); err != nil { // killed before it had a marker: an empty folder
			t.Errorf("%s: %v", e.Path, err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	leftNothing(t, dir)
}
