package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/sandbox/store"
)

// files returns the files of a data folder, but for those that clients uploaded.
func files(dir string) []string {
	db := filepath.Join(dir, store.FileName)
	return []string{db, db + "-wal", db + "-shm"}
}

// Exists reports whether a folder has a sandbox's data.
func Exists(dir string) bool {
	_, err := os.Stat(files(dir)[0])
	return err == nil
}

// Reset removes a sandbox's data, and nothing else in the folder. It returns a
// fault.Safety if a process has the data open, such as a started sandbox.
func Reset(ctx context.Context, dir string) error {
	if dir == "" {
		return errors.New("resetting a sandbox: no data folder given")
	}
	inUse, err := store.InUse(ctx, dir)
	switch {
	case err != nil:
		return fmt.Errorf("resetting the sandbox: %w", err)
	case inUse:
		return fault.New(fault.Safety, "the sandbox in %s is in use; nothing was deleted", dir).
			WithHint("stop roamctl sandbox start and other commands that use it first")
	}
	for _, path := range files(dir) {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("resetting the sandbox: %w", err)
		}
	}
	if err := os.RemoveAll(filepath.Join(dir, store.FilesName)); err != nil {
		return fmt.Errorf("resetting the sandbox: %w", err)
	}
	return nil
}
