package api

import (
	"reflect"
	"sync"

	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/wire"
)

// maxEncoded bounds the bytes of messages that are kept encoded.
const maxEncoded = 16 << 20

// encodedMessages keeps messages of groups encoded, which each member reads. It is safe
// for concurrent use.
type encodedMessages struct {
	mu   sync.Mutex
	kept map[uint64]encodedMessage // by ID
	size int
}

type encodedMessage struct {
	message store.Message // as it was encoded: an edit changes it
	meta    []byte
}

// encode returns a message as a Meta, which the caller must not change.
func (e *encodedMessages) encode(appKey string, m store.Message) ([]byte, error) {
	e.mu.Lock()
	known, ok := e.kept[m.ID]
	e.mu.Unlock()
	if ok && reflect.DeepEqual(known.message, m) {
		return known.meta, nil
	}
	meta, err := wire.EncodeMessage(appKey, m)
	if err != nil || m.Type == store.Chat {
		return meta, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	size := len(m.Body) + len(m.Payload) + len(meta)
	if e.kept == nil || e.size+size > maxEncoded {
		e.kept, e.size = map[uint64]encodedMessage{}, 0
	}
	e.size += size
	e.kept[m.ID] = encodedMessage{m, meta}
	return meta, nil
}
