package easemob

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
)

const (
	// maxCached bounds a cache: a run may have a million users, and a dropped entry
	// costs one request.
	maxCached = 1000
	// maxCacheFile is more than maxCached entries take, in bytes.
	maxCacheFile = 16 << 20
)

// cacheFile keeps up to 1000 values by key in memory and, if it has a path, in a JSON
// file of mode 0600, which several processes may share. An unreadable file counts as
// empty. It is safe for concurrent use.
type cacheFile[V any] struct {
	path string // "" for memory only
	what string // for errors: "the token cache"

	mu      sync.Mutex
	values  map[string]V // those of the file at modTime and size
	modTime time.Time
	size    int64
}

func (s *cacheFile[V]) load(key string) (V, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	info, err := os.Stat(s.path)
	if err == nil && (!info.ModTime().Equal(s.modTime) || info.Size() != s.size) {
		s.values, s.modTime, s.size = s.read(), info.ModTime(), info.Size()
	}
	v, ok := s.values[key]
	return v, ok
}

// save keeps a value in memory even if the file cannot be written, and deletes what is
// stale from the file. Its error is of kind fault.Config.
func (s *cacheFile[V]) save(key string, v V, stale func(V) bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.values == nil {
		s.values = map[string]V{}
	}
	add(s.values, key, v)
	if s.path == "" {
		return nil
	}
	return s.update(func(values map[string]V) {
		for other, old := range values {
			if stale(old) {
				delete(values, other)
			}
		}
		add(values, key, v)
	})
}

// add adds a value. It drops others until there are maxCached, any of them: the next
// one needed is not known.
func add[V any](values map[string]V, key string, v V) {
	values[key] = v
	for other := range values {
		if len(values) <= maxCached {
			return
		}
		if other != key {
			delete(values, other)
		}
	}
}

// Clear deletes all entries and the file, and reports whether there was a file. Its
// error is of kind fault.Config.
func (s *cacheFile[V]) Clear() (existed bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.values)
	if s.path == "" {
		return false, nil
	}
	switch err := os.Remove(s.path); {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return true, fault.Wrap(fault.Config, err, "cannot clear %s", s.what)
	}
	return true, nil
}

// read returns the file's values; none when it cannot be read.
func (s *cacheFile[V]) read() map[string]V {
	values := map[string]V{}
	if b, err := fsutil.ReadFile(s.path, maxCacheFile); err != nil || json.Unmarshal(b, &values) != nil || values == nil {
		return map[string]V{}
	}
	return values
}

// update changes the file under a lock, atomically.
func (s *cacheFile[V]) update(change func(map[string]V)) (err error) {
	if err := fsutil.Folder(filepath.Dir(s.path)); err != nil {
		return fault.Wrap(fault.Config, err, "cannot write %s", s.what)
	}
	unlock, err := fsutil.Lock(context.Background(), s.path+".lock")
	if err != nil {
		return fault.Wrap(fault.Config, err, "cannot lock %s", s.what).WithHint("%s", fault.HintOf(err))
	}
	defer func() { err = errors.Join(err, unlock()) }()
	values := s.read()
	change(values)
	b, err := json.MarshalIndent(values, "", "  ")
	if err == nil {
		err = fsutil.Replace(s.path, b)
	}
	if err != nil {
		return fault.Wrap(fault.Config, err, "cannot write %s", s.what)
	}
	return nil
}
