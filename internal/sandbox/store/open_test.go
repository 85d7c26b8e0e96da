package store

import (
	"strings"
	"testing"
)

// TestAnotherFormat: a folder of another version is left as it is, and the error
// says how to continue.
func TestAnotherFormat(t *testing.T) {
	dir, c := t.TempDir(), newClock()
	s := openStore(t, t.Context(), dir, c)
	if _, err := s.db.ExecContext(t.Context(), "PRAGMA user_version = 1"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), dir, c.Now, func() map[string]string { return nil })
	if err == nil {
		t.Fatal("it was opened")
	}
	for _, want := range []string{dir, "version 1", "roamctl sandbox reset"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
}
