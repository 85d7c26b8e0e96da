package easemob

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
)

const (
	// maxTokens bounds a store: a run may have a million users, and a dropped
	// token costs one request.
	maxTokens = 1000
	// maxTokenFile is more than maxTokens take, in bytes.
	maxTokenFile = 16 << 20
)

// TokenStore keeps up to 1000 tokens in memory and, if it has a path, in a JSON file
// of mode 0600, which several processes may share. An unreadable file counts as
// empty. It is safe for concurrent use.
type TokenStore struct {
	path string // "" for memory only

	mu      sync.Mutex
	tokens  map[string]Token // those of the file at modTime and size
	modTime time.Time
	size    int64
}

// NewTokenStore returns a store with a file, or one in memory if path is "".
func NewTokenStore(path string) *TokenStore {
	return &TokenStore{path: path, tokens: map[string]Token{}}
}

func (s *TokenStore) load(key string) (Token, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	info, err := os.Stat(s.path)
	if err == nil && (!info.ModTime().Equal(s.modTime) || info.Size() != s.size) {
		s.tokens, s.modTime, s.size = readTokens(s.path), info.ModTime(), info.Size()
	}
	t, ok := s.tokens[key]
	return t, ok
}

// save keeps a token in memory even if the file cannot be written. Its error is of
// kind fault.Config.
func (s *TokenStore) save(key string, t Token) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	add(s.tokens, key, t)
	if s.path == "" {
		return nil
	}
	return s.update(func(tokens map[string]Token) {
		maps.DeleteFunc(tokens, func(_ string, old Token) bool { return old.expired(time.Now()) })
		add(tokens, key, t)
	})
}

// add adds a token. It drops others until there are maxTokens, any of them: the next
// one needed is not known.
func add(tokens map[string]Token, key string, t Token) {
	tokens[key] = t
	for other := range tokens {
		if len(tokens) <= maxTokens {
			return
		}
		if other != key {
			delete(tokens, other)
		}
	}
}

// Clear deletes all tokens and the file, and reports whether there was a file. Its
// error is of kind fault.Config.
func (s *TokenStore) Clear() (existed bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
	if s.path == "" {
		return false, nil
	}
	switch err := os.Remove(s.path); {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return true, fault.Wrap(fault.Config, err, "cannot clear the token cache")
	}
	return true, nil
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
func (s *TokenStore) update(change func(map[string]Token)) (err error) {
	if err := fsutil.Folder(filepath.Dir(s.path)); err != nil {
		return fault.Wrap(fault.Config, err, "cannot write the token cache")
	}
	unlock, err := fsutil.Lock(context.Background(), s.path+".lock")
	if err != nil {
		return fault.Wrap(fault.Config, err, "cannot lock the token cache").WithHint("%s", fault.HintOf(err))
	}
	defer func() { err = errors.Join(err, unlock()) }()
	tokens := readTokens(s.path)
	change(tokens)
	b, err := json.MarshalIndent(tokens, "", "  ")
	if err == nil {
		err = fsutil.Replace(s.path, b)
	}
	if err != nil {
		return fault.Wrap(fault.Config, err, "cannot write the token cache")
	}
	return nil
}

// CachedToken describes a token in a file, without its value.
type CachedToken struct {
	Host    string       `json:"host"`
	AppKey  string       `json:"app_key"`
	User    string       `json:"user"` // "" for an app token
	Grant   string       `json:"grant"`
	Expires roaming.Time `json:"expires_at"` // null: never, or not known
}

// List returns the tokens in the file that have not expired, those of apps first. A
// missing or unreadable file has none.
func (s *TokenStore) List(now time.Time) []CachedToken {
	all := []CachedToken{}
	for key, token := range readTokens(s.path) {
		parts := strings.SplitN(key, " ", 4) // newTokens makes it of host, App Key, credentials and user
		if token.expired(now) || len(parts) < 3 {
			continue
		}
		c := CachedToken{Host: parts[0], AppKey: parts[1], Grant: token.Grant, Expires: roaming.Time{Time: token.Expires}}
		if len(parts) == 4 {
			c.User = parts[3]
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b CachedToken) int {
		return cmp.Or(cmp.Compare(a.User, b.User), cmp.Compare(a.Host, b.Host), cmp.Compare(a.AppKey, b.AppKey), a.Expires.Compare(b.Expires.Time))
	})
	return all
}
