package sqlite

import (
	"context"

	"github.com/roamctl/roamctl/internal/archive"
)

// tombstones knows which messages were erased, by archive.Tombstones.
type tombstones struct {
	w      *writer
	secret []byte
	empty  bool
}

func readTombstones(ctx context.Context, w *writer, secret []byte) (tombstones, error) {
	used, err := exists(ctx, w, "SELECT 1 FROM tombstones LIMIT 1")
	return tombstones{w: w, secret: secret, empty: !used}, err
}

// has reports whether a message was erased.
func (g tombstones) has(ctx context.Context, p *prepared) (bool, error) {
	if g.empty {
		return false, nil
	}
	var hashes []any
	for _, hash := range archive.Tombstones(g.secret).Of(p.msg.Key, p.sign()) {
		hashes = append(hashes, hash)
	}
	return exists(ctx, g.w, "SELECT 1 FROM tombstones WHERE hash IN ("+repeat("?", len(hashes))+")", hashes...)
}

// add notes that a message is erased.
func (g tombstones) add(ctx context.Context, m *archive.Stored) error {
	for _, hash := range archive.Tombstones(g.secret).Erased(m) {
		if _, err := g.w.exec(ctx, "INSERT OR IGNORE INTO tombstones(hash) VALUES(?)", hash); err != nil {
			return err
		}
	}
	return nil
}
