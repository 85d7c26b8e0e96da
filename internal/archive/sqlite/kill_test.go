package sqlite

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

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/archive/storetest"
)

// killedFolder names the folder that the killed process works in.
const killedFolder = "ROAMCTL_TEST_KILLED_ARCHIVE"

// importAll imports the batches from the first one on, as a sync that starts
// anew does.
func importAll(ctx context.Context, dir string) (err error) {
	s, err := Open(ctx, filepath.Join(dir, "archive.db"), Options{Create: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return storetest.ImportAll(ctx, s, storetest.Batches())
}

// TestMain is also the process that TestKilledWriter kills.
func TestMain(m *testing.M) {
	dir := os.Getenv(killedFolder)
	if dir == "" {
		os.Exit(m.Run())
	}
	for {
		if err := importAll(context.Background(), dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// A writer that is killed at any moment leaves an archive that, once the work is
// done, equals an undisturbed one.
func TestKilledWriter(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: the processes that it kills take long under the race detector")
	}
	kills := 4
	if os.Getenv("ROAMCTL_TEST_KILLS") == "all" {
		kills = 100
	}
	dir, undisturbed := t.TempDir(), t.TempDir()
	for range kills {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(20+rand.IntN(600))*time.Millisecond)
		cmd := exec.CommandContext(ctx, os.Args[0])
		cmd.Env = append(os.Environ(), killedFolder+"="+dir)
		out, err := cmd.CombinedOutput()
		if ctx.Err() == nil {
			t.Fatalf("it ended by itself: %v\n%s", err, out)
		}
		cancel()
	}
	if err := importAll(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if err := importAll(t.Context(), undisturbed); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(dump(t, undisturbed), dump(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%.3000s", diff)
	}
}

func dump(t *testing.T, dir string) []string {
	t.Helper()
	s := openIn(t, dir)
	defer s.Close()
	return storetest.Dump(t, s)
}
