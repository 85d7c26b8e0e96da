package backup

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/childtest"
)

func TestMain(m *testing.M) { os.Exit(childtest.Main(m, writeForever)) }

// writeForever makes one backup after the other, and packs and prunes them.
func writeForever(dir string) error {
	fmt.Println("ready")
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
	kills := childtest.Kills(10, 50)
	dir := t.TempDir()
	partial, whole := 0, 0
	for range kills {
		childtest.KilledAfter(t, childtest.Command(t, dir), 1, rand.N(80*time.Millisecond))
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
	if (whole == 0 || partial == 0) && childtest.All() {
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
