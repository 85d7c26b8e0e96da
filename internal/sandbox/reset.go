package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/roamctl/roamctl/internal/sandbox/store"
)

// files are the files that make up a data folder.
func files(dir string) []string {
	db := filepath.Join(dir, store.FileName)
	return []string{db, db + "-wal", db + "-shm"}
}

// Reset removes a sandbox's data, and nothing else that may be in the folder.
// A folder without data is left alone. No sandbox may be open on it.
func Reset(dir string) error {
	if dir == "" {
		return errors.New("resetting a sandbox: no data folder given")
	}
	for _, path := range files(dir) {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("resetting the sandbox: %w", err)
		}
	}
	return nil
}
