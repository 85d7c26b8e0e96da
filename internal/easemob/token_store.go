package easemob

import "sync"

// TokenStore keeps tokens between calls. It is used by several goroutines.
type TokenStore interface {
	Load(key string) (Token, bool)
	Save(key string, t Token) error
	// Clear forgets all tokens.
	Clear() error
}

// maxTokens bounds a store: a run over a million users must not grow without
// end, and what is dropped costs a request.
const maxTokens = 1000

// MemoryTokens keeps up to 1000 tokens for as long as the process lives.
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

// trim drops tokens other than keep until there are no more than maxTokens,
// any of them: which one is asked for next cannot be known.
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
