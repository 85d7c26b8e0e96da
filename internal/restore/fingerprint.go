package restore

import (
	"crypto/sha256"
	"encoding/json"
	"maps"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// fingerprint tells by content whether two messages with different IDs are one that
// was imported and its original.
type fingerprint [sha256.Size]byte

func fingerprintOf(m roaming.Message) (fingerprint, error) {
	b, err := json.Marshal(struct {
		Timestamp int64
		From      string
		Kind      roaming.Kind
		Body, Ext map[string]any
	}{m.Timestamp.UnixMilli(), m.From, m.Kind, said(m.Body), m.Ext})
	if err != nil {
		return fingerprint{}, fault.Wrap(fault.Bug, err, "message %s", m.ID)
	}
	return sha256.Sum256(b), nil
}

// said are a body's fields without the empty ones: whether those are there
// depends on who sent the message.
func said(body map[string]any) map[string]any {
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
