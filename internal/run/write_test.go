package run

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
)

// A failed change is rolled back; the other changes in its transaction are kept.
func TestOneFailedChangeKeepsTheOthers(t *testing.T) {
	l, err := create(t.Context(), filepath.Join(t.TempDir(), dbFile))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	broken := errors.New("broken")
	failed := make([]error, 40)
	var wg sync.WaitGroup
	for i := range failed {
		wg.Go(func() {
			failed[i] = l.commit(t.Context(), func(tx *sql.Tx) error {
				if _, err := tx.ExecContext(t.Context(), "INSERT INTO notes VALUES(?, '')", fmt.Sprint(i)); err != nil {
					return err
				}
				if i%10 == 7 {
					return broken
				}
				return nil
			})
		})
	}
	wg.Wait()
	for i, err := range failed {
		if wrong := i%10 == 7; errors.Is(err, broken) != wrong || (err != nil) != wrong {
			t.Errorf("change %d: %v", i, err)
		}
	}
	var n int
	if err := l.db.QueryRowContext(t.Context(), "SELECT count(*) FROM notes").Scan(&n); err != nil || n != 36 {
		t.Errorf("%d were written, %v; want 36", n, err)
	}
}
