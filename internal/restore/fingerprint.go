package restore

import (
	"crypto/sha256"
	"encoding/json"
	"maps"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// fingerprint identifies a message by its content, because an import gives it
// another ID.
type fingerprint [sha256.Size]byte

func fingerprintOf(m roaming.Message) (fingerprint, error) {
	b, err := json.Marshal(struct {
		Timestamp int64
		From      string
		Kind      roaming.Kind
		Body, Ext map[string]any
	}{m.Timestamp.UnixMilli(), m.From, m.Kind, withoutEmpty(m.Body), m.Ext})
	if err != nil {
		return fingerprint{}, fault.Wrap(fault.Bug, err, "message %s", m.ID)
	}
	return sha256.Sum256(b), nil
}

// withoutEmpty returns a body without its empty fields, which some senders
// leave out.
func withoutEmpty(body map[string]any) map[string]any {
	full := maps.Clone(body)
	maps.DeleteFunc(full, func(_ string, v any) bool {
		b, err := json.Marshal(v)
		if err != nil {
			return false
		}
		switch string(b) {
		case `""`, "0", "null", "[]", "{}":
			return true
		}
		return false
	})
	return full
}
