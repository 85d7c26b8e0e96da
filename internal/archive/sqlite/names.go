package sqlite

import (
	"context"
	"strings"
	"sync"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/roaming"
)

// maxCached bounds how many names, and how many conversations, are kept in
// memory. A full cache starts anew.
const maxCached = 100_000

// nameIDs are the numbers of names and conversations, for the writer.
type nameIDs struct {
	names         map[string]int64
	conversations map[archive.Conversation]int64
}

// name is the number of a name, which is made when it is new.
func (w *writer) name(ctx context.Context, name string) (id int64, err error) {
	if id, ok := w.names.names[name]; ok {
		return id, nil
	}
	found, err := scan(ctx, w, []any{&id}, "SELECT id FROM names WHERE name = ?", name)
	if err == nil && !found {
		id, err = w.insertID(ctx, "INSERT INTO names(name, folded) VALUES(?, ?)", name, strings.ToLower(name))
	}
	if err != nil {
		return 0, err
	}
	w.names.names = remember(w.names.names, name, id)
	return id, nil
}

// conversation is the number of a conversation, which is made when it is new.
func (w *writer) conversation(ctx context.Context, c archive.Conversation) (id int64, err error) {
	if id, ok := w.names.conversations[c]; ok {
		return id, nil
	}
	a, err := w.name(ctx, c.A)
	if err != nil {
		return 0, err
	}
	var b int64
	if c.Type == roaming.Chat {
		if b, err = w.name(ctx, c.B); err != nil {
			return 0, err
		}
	}
	found, err := scan(ctx, w, []any{&id}, "SELECT id FROM conversations WHERE a = ? AND b = ? AND type = ?", a, b, string(c.Type))
	if err == nil && !found {
		id, err = w.insertID(ctx, "INSERT INTO conversations(a, b, type) VALUES(?, ?, ?)", a, b, string(c.Type))
	}
	if err != nil {
		return 0, err
	}
	w.names.conversations = remember(w.names.conversations, c, id)
	return id, nil
}

func (w *writer) insertID(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := w.exec(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}

// remember puts a value into a cache, or into a new one, and returns it.
func remember[K comparable, V any](cache map[K]V, key K, value V) map[K]V {
	if cache == nil || len(cache) >= maxCached {
		cache = map[K]V{}
	}
	cache[key] = value
	return cache
}

// names are the names and conversations of numbers, for readers. Numbers never
// change their meaning.
type names struct {
	mu            sync.Mutex
	names         map[int64]string
	conversations map[int64]archive.Conversation
}

func (n *names) name(ctx context.Context, q querier, id int64) (name string, err error) {
	n.mu.Lock()
	name, ok := n.names[id]
	n.mu.Unlock()
	if ok || id == 0 {
		return name, nil
	}
	if _, err := scan(ctx, q, []any{&name}, "SELECT name FROM names WHERE id = ?", id); err != nil {
		return "", err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.names = remember(n.names, id, name)
	return name, nil
}

func (n *names) conversation(ctx context.Context, q querier, id int64) (c archive.Conversation, err error) {
	n.mu.Lock()
	c, ok := n.conversations[id]
	n.mu.Unlock()
	if ok || id == 0 {
		return c, nil
	}
	var a, b int64
	if _, err := scan(ctx, q, []any{&c.Type, &a, &b}, "SELECT type, a, b FROM conversations WHERE id = ?", id); err != nil {
		return c, err
	}
	if c.A, err = n.name(ctx, q, a); err != nil {
		return c, err
	}
	if c.B, err = n.name(ctx, q, b); err != nil {
		return c, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.conversations = remember(n.conversations, id, c)
	return c, nil
}
