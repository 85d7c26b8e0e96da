package run

import (
	"database/sql"
	"strings"
	"testing"
)

// A database in memory can't have a write-ahead log, and SQLite says so only on
// request.
func TestCreateWithoutAWriteAheadLog(t *testing.T) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := (&DB{db: db}).create(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "write-ahead log") {
		t.Errorf("got %v", err)
	}
}
