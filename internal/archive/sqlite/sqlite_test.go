package sqlite

import (
	"path/filepath"
	"testing"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/storetest"
)

// openIn opens the archive of a folder.
func openIn(t testing.TB, dir string) archive.Store {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(dir, "archive.db"), Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) {
	rounds := 12
	if testing.Short() {
		rounds = 2 // the race detector needs no more, and slows SQLite down
	}
	storetest.Run(t, openIn, rounds)
}

func TestRealWords(t *testing.T) { storetest.RealWords(t, openIn) }
