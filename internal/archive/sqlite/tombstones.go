package sqlite

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"

	"github.com/roamctl/roamctl/internal/archive"
)

// tombstones knows which messages were erased. It keeps keyed hashes: of their
// keys, and of their signatures for the forms of ID that they had no key of, so
// that no source brings them back under another ID.
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
	hashes := []any{g.ofKey(p.msg.Key)}
	if signature := p.sign(); signature != (archive.Digest{}) {
		hashes = append(hashes, g.ofSignature(signature, p.msg.Key.Form()))
	}
	return exists(ctx, g.w, "SELECT 1 FROM tombstones WHERE hash IN ("+repeat("?", len(hashes))+")", hashes...)
}

// add notes that a message is erased.
func (g tombstones) add(ctx context.Context, m *archive.Stored) error {
	forms := map[archive.IDForm]bool{archive.Numeric: true, archive.Opaque: true}
	var hashes [][]byte
	for _, key := range m.Keys {
		delete(forms, key.Form())
		hashes = append(hashes, g.ofKey(key))
	}
	if signature, ok := m.Signature(); ok {
		for form := range forms {
			hashes = append(hashes, g.ofSignature(signature, form))
		}
	}
	for _, hash := range hashes {
		if _, err := g.w.exec(ctx, "INSERT OR IGNORE INTO tombstones(hash) VALUES(?)", hash); err != nil {
			return err
		}
	}
	return nil
}

func (g tombstones) ofKey(key archive.Key) []byte { return g.hash("key", string(key)) }

func (g tombstones) ofSignature(signature archive.Digest, form archive.IDForm) []byte {
	return g.hash("signature", string(form)+string(signature[:]))
}

func (g tombstones) hash(what, of string) []byte {
	h := hmac.New(sha256.New, g.secret)
	_, _ = h.Write([]byte(what + "\x00" + of))
	return h.Sum(nil)[:16]
}
