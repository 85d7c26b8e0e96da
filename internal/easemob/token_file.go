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

// FileTokens keeps up to 1000 tokens in a JSON file of mode 0600, replaced
// atomically. Several processes may use the same file; a lock file beside it
// keeps their writes apart. An unreadable file counts as empty. Errors of
// Save and Clear are of kind fault.Config.
func FileTokens(path string) TokenStore {
	return &fileTokens{path: path, memory: MemoryTokens()}
}

// maxTokenFile is more than 1000 tokens take, in bytes.
const maxTokenFile = 16 << 20

type fileTokens struct {
	path string

	mu     sync.Mutex
	memory TokenStore // what the file held when it was of that age and size
	age    time.Time
	size   int64
}

func (f *fileTokens) Load(key string) (Token, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := os.Stat(f.path)
	if err != nil {
		return f.memory.Load(key)
	}
	if !info.ModTime().Equal(f.age) || info.Size() != f.size {
		f.memory = &memoryTokens{tokens: f.read()}
		f.age, f.size = info.ModTime(), info.Size()
	}
	return f.memory.Load(key)
}

func (f *fileTokens) Save(key string, t Token) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	_ = f.memory.Save(key, t) // usable in this process even if the file is not
	return f.update(func(tokens map[string]Token) {
		for k, old := range tokens {
			if !old.Expires.IsZero() && time.Now().After(old.Expires) {
				delete(tokens, k)
			}
		}
		tokens[key] = t
		trim(tokens, key)
	})
}

func (f *fileTokens) Clear() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	_ = f.memory.Clear()
	if err := os.Remove(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(fault.Config, err, "clearing the token cache")
	}
	return nil
}

// read is what the file holds; nothing when it cannot be read.
func (f *fileTokens) read() map[string]Token {
	tokens := map[string]Token{}
	if b, err := fsutil.ReadFile(f.path, maxTokenFile); err != nil || json.Unmarshal(b, &tokens) != nil || tokens == nil {
		return map[string]Token{}
	}
	return tokens
}

// update changes the file under the lock.
func (f *fileTokens) update(change func(map[string]Token)) (err error) {
	if err := fsutil.Folder(filepath.Dir(f.path)); err != nil {
		return fault.Wrap(fault.Config, err, "writing the token cache")
	}
	unlock, err := fsutil.Lock(context.Background(), f.path+".lock")
	if err != nil {
		return fault.Wrap(fault.Config, err, "locking the token cache").WithHint("%s", fault.HintOf(err))
	}
	defer func() { err = errors.Join(err, unlock()) }()
	tokens := f.read()
	change(tokens)
	b, err := json.MarshalIndent(tokens, "", "  ")
	if err != nil {
		return fault.Wrap(fault.Bug, err, "writing the token cache")
	}
	if err := fsutil.Replace(f.path, b); err != nil {
		return fault.Wrap(fault.Config, err, "writing the token cache")
	}
	return nil
}
