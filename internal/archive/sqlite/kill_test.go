package sqlite

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/archive/storetest"
	"github.com/roamctl/roamctl/internal/childtest"
)

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

func TestMain(m *testing.M) { os.Exit(childtest.Main(m, importUntilKilled)) }

func importUntilKilled(dir string) error {
	for {
		if err := importAll(context.Background(), dir); err != nil {
			return err
		}
	}
}

// A writer that is killed at any moment leaves an archive that, once the work is
// done, equals an undisturbed one.
func TestKilledWriter(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: the processes that it kills take long under the race detector")
	}
	dir, undisturbed := t.TempDir(), t.TempDir()
	for range childtest.Kills(4, 100) {
		childtest.KilledAfter(t, childtest.Command(t, dir), 0, time.Duration(20+rand.IntN(600))*time.Millisecond)
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
