package limiter

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	windowSuffix = ".window"
	// idle is when a budget's file is of no more use: every window is past.
	idle = 2 * MaxWindow
	// pruneEvery is how often the folder is looked through, at most and only
	// when there are new budgets.
	pruneEvery = time.Minute
)

// prune removes the budgets that were idle, so that a run over a million users
// does not leave a million files. The lock is held. What can't be removed
// stays: it does no harm.
func (s *store) prune(now time.Time) {
	if !s.pruneDue(now) {
		return
	}
	entries, err := os.ReadDir(s.folder)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), windowSuffix) {
			continue
		}
		if info, err := entry.Info(); err == nil && now.Sub(info.ModTime()) > idle {
			_ = os.Remove(filepath.Join(s.folder, entry.Name()))
		}
	}
}

// pruneDue tells whether it is time, and if so notes that it was done.
func (s *store) pruneDue(now time.Time) bool {
	path := filepath.Join(s.folder, "pruned")
	if info, err := os.Stat(path); err == nil {
		if age := now.Sub(info.ModTime()); 0 <= age && age < pruneEvery {
			return false
		}
	}
	return os.WriteFile(path, nil, 0o600) == nil && os.Chtimes(path, now, now) == nil
}
