package easemob

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
)

// TokenStore keeps tokens between calls. It must be safe for concurrent use.
type TokenStore interface {
	Load(key string) (Token, bool)
	Save(key string, t Token) error
	// Clear deletes all tokens.
	Clear() error
}

const (
	// maxTokens bounds a store: a run may have a million users, and a dropped
	// token costs one request.
	maxTokens = 1000
	// maxTokenFile is more than maxTokens take, in bytes.
	maxTokenFile = 16 << 20
)

// MemoryTokens returns a store of up to 1000 tokens in memory.
func MemoryTokens() TokenStore { return &memoryTokens{tokens: map[string]Token{}} }

type memoryTokens struct {
	mu     sync.Mutex
	tokens map[string]Token
}

func (m *memoryTokens) Load(key string) (Token, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, ok := m.tokens[key]
	return t, ok
}

func (m *memoryTokens) Save(key string, t Token) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tokens[key] = t
	trim(m.tokens, key)
	return nil
}

func (m *memoryTokens) Clear() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.tokens)
	return nil
}

// trim drops tokens other than keep until there are maxTokens, any of them: the
// next one needed is not known.
func trim(tokens map[string]Token, keep string) {
	for key := range tokens {
		if len(tokens) <= maxTokens {
			return
		}
		if key != keep {
			delete(tokens, key)
		}
	}
}

// FileTokens returns a store of up to 1000 tokens in a JSON file of mode 0600,
// which several processes may share. An unreadable file counts as empty. Errors of
// Save and Clear are of kind fault.Config.
func FileTokens(path string) TokenStore {
	return &fileTokens{path: path, memory: MemoryTokens()}
}

type fileTokens struct {
	path string

	mu      sync.Mutex
	memory  TokenStore // the file's tokens at modTime and size
	modTime time.Time
	size    int64
}

func (f *fileTokens) Load(key string) (Token, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := os.Stat(f.path)
	if err == nil && (!info.ModTime().Equal(f.modTime) || info.Size() != f.size) {
		f.memory = &memoryTokens{tokens: readTokens(f.path)}
		f.modTime, f.size = info.ModTime(), info.Size()
	}
	return f.memory.Load(key)
}

func (f *fileTokens) Save(key string, t Token) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	_ = f.memory.Save(key, t) // this process can use it even if the file cannot be written
	return f.update(func(tokens map[string]Token) {
		for k, old := range tokens {
			if old.expired(time.Now()) {
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

// readTokens returns a file's tokens; none when it cannot be read.
func readTokens(path string) map[string]Token {
	tokens := map[string]Token{}
	if b, err := fsutil.ReadFile(path, maxTokenFile); err != nil || json.Unmarshal(b, &tokens) != nil || tokens == nil {
		return map[string]Token{}
	}
	return tokens
}

// update changes the file under a lock, atomically.
func (f *fileTokens) update(change func(map[string]Token)) (err error) {
	if err := fsutil.Folder(filepath.Dir(f.path)); err != nil {
		return fault.Wrap(fault.Config, err, "writing the token cache")
	}
	unlock, err := fsutil.Lock(context.Background(), f.path+".lock")
	if err != nil {
		return fault.Wrap(fault.Config, err, "locking the token cache").WithHint("%s", fault.HintOf(err))
	}
	defer func() { err = errors.Join(err, unlock()) }()
	tokens := readTokens(f.path)
	change(tokens)
	b, err := json.MarshalIndent(tokens, "", "  ")
	if err == nil {
		err = fsutil.Replace(f.path, b)
	}
	if err != nil {
		return fault.Wrap(fault.Config, err, "writing the token cache")
	}
	return nil
}

// CachedToken describes a token in a file, without its value.
type CachedToken struct {
	Host    string
	AppKey  string
	User    string // "" for an app token
	Grant   string
	Expires time.Time // zero: never, or not known
}

// CachedTokens returns the tokens in a file of FileTokens that have not expired,
// those of apps first. A missing or unreadable file has none.
func CachedTokens(path string, now time.Time) []CachedToken {
	var all []CachedToken
	for key, token := range readTokens(path) {
		parts := strings.SplitN(key, " ", 4) // newTokens makes it of host, App Key, credentials and user
		if token.expired(now) || len(parts) < 3 {
			continue
		}
		c := CachedToken{Host: parts[0], AppKey: parts[1], Grant: token.Grant, Expires: token.Expires}
		if len(parts) == 4 {
			c.User = parts[3]
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b CachedToken) int {
		return cmp.Or(cmp.Compare(a.User, b.User), cmp.Compare(a.Host, b.Host), cmp.Compare(a.AppKey, b.AppKey), a.Expires.Compare(b.Expires))
	})
	return all
}
