package archive

import (
	"crypto/hmac"
	"crypto/sha256"
)

// Tombstones makes the keyed hashes by which a store knows what was erased: of
// keys, and of signatures for the forms of ID that a message had no key of, so
// that no source brings it back under another ID. It is the key of the hashes.
type Tombstones []byte

// Of are the hashes that an erased message with this key and signature has one
// of. The zero signature is none.
func (t Tombstones) Of(key Key, signature Digest) [][]byte {
	hashes := [][]byte{t.ofKey(key)}
	if signature != (Digest{}) {
		hashes = append(hashes, t.ofSignature(signature, key.Form()))
	}
	return hashes
}

// Erased are the hashes to keep of a message that is erased.
func (t Tombstones) Erased(m *Stored) (hashes [][]byte) {
	forms := map[IDForm]bool{Numeric: true, Opaque: true}
	for _, key := range m.Keys {
		delete(forms, key.Form())
		hashes = append(hashes, t.ofKey(key))
	}
	if signature, ok := m.Signature(); ok {
		for form := range forms {
			hashes = append(hashes, t.ofSignature(signature, form))
		}
	}
	return hashes
}

func (t Tombstones) ofKey(key Key) []byte { return t.hash("key", string(key)) }

func (t Tombstones) ofSignature(signature Digest, form IDForm) []byte {
	return t.hash("signature", string(form)+string(signature[:]))
}

func (t Tombstones) hash(what, of string) []byte {
	h := hmac.New(sha256.New, t)
	_, _ = h.Write([]byte(what + "\x00" + of))
	return h.Sum(nil)[:16]
}
