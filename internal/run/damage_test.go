package run

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/fault"
)

// A run in the format of an earlier version is listed with an error, and hides no
// other.
func TestOldRunsAreRefused(t *testing.T) {
	s := newStore(t)
	id := start(t, s).ID()
	for i, name := range []string{"journal.ndjson", "ledger.db"} {
		dir := filepath.Join(s.dir, fmt.Sprintf("20261101T000000-00000%d", i))
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, open := range []func() error{
			func() error { _, err := s.Open(t.Context(), filepath.Base(dir)); return err },
			func() error { _, _, err := s.Find(t.Context(), filepath.Base(dir)); return err },
		} {
			err := open()
			refused(t, err, fault.Config, "earlier version", filepath.Base(dir))
			if !errors.Is(err, ErrOldFormat) {
				t.Error(err)
			}
		}
	}
	var listed []string
	for info, err := range s.List(t.Context()) {
		if errors.Is(err, ErrOldFormat) {
			listed = append(listed, "old")
		} else if err == nil {
			listed = append(listed, info.ID)
		}
	}
	same(t, []string{id, "old", "old"}, listed)
}

// Every change of an event is found, and the events before it are still read.
func TestChangedEventsAreFound(t *testing.T) {
	for change, want := range map[string][]string{
		"UPDATE events SET data = '2' WHERE job = 1 AND number = 2":                                      {"one1", "event 2 of its journal is damaged"},
		"UPDATE events SET kind = 'sent' WHERE job = 1 AND number = 2":                                   {"one1", "event 2"},
		"UPDATE events SET time = time + 1 WHERE job = 1 AND number = 3":                                 {"one1", `two"x"`, "event 3"},
		"UPDATE events SET sum = sum + 1 WHERE job = 1 AND number = 3":                                   {"one1", `two"x"`, "event 3"},
		"DELETE FROM events WHERE job = 1 AND number = 2":                                                {"one1", "event 2"},
		"UPDATE events SET number = 7 WHERE job = 1 AND number = 3":                                      {"one1", `two"x"`, "event 7"},
		"UPDATE events SET job = 3 WHERE job = 1 AND number = 1":                                         {"event 1"},
		"INSERT INTO events SELECT 1, 4, time, kind, data, sum FROM events WHERE job = 1 AND number = 3": {"one1", `two"x"`, "three3", "event 4"},
	} {
		s := newStore(t)
		r := start(t, s)
		j := r.Journal(bob, 1)
		appended(t, j, "one", 1)
		appended(t, j, "two", "x")
		appended(t, j, "three", 3)
		if err := r.commit(t.Context(), func(tx *sql.Tx) error { _, err := tx.ExecContext(t.Context(), change); return err }); err != nil {
			t.Fatal(err)
		}
		got := events(t, j)
		if len(got) != len(want) || !slices.Equal(got[:len(got)-1], want[:len(want)-1]) || !strings.Contains(got[len(got)-1], want[len(want)-1]) {
			t.Errorf("%s: %q, want %q", change, got, want)
		}
		for _, err := range j.Events(t.Context()) {
			if err != nil && fault.KindOf(err) != fault.Safety {
				t.Errorf("%s: %v", change, err)
			}
		}
	}
}

// A damaged file is a fault.Safety, names the run's file, and hides no other run.
func TestDamagedFiles(t *testing.T) {
	s := newStore(t)
	r, other := start(t, s), start(t, s)
	closed(t, r)
	path := filepath.Join(r.Dir(), dbFile)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(whole); i += 4096 {
		copy(whole[i:min(len(whole), i+4096)], strings.Repeat("x", 4096))
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = s.Open(t.Context(), r.ID())
	refused(t, err, fault.Safety, path, "damaged")
	n := 0
	for info, err := range s.List(t.Context()) {
		n++
		if (err != nil) != (info.ID == r.ID()) || info.ID != r.ID() && info.ID != other.ID() {
			t.Errorf("%+v, %v", info, err)
		}
	}
	same(t, 2, n)
}
