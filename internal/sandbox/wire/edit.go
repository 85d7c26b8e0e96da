package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/roamctl/roamctl/internal/sandbox/store"
)

// About has the fields of a MessageBody that is about other messages.
type About struct {
	Acked      uint64   `pb:"6"`
	Edited     uint64   `pb:"11"`
	Scope      uint64   `pb:"12"`
	SendToPeer *bool    `pb:"16"`
	AckedIDs   []uint64 `pb:"17"` // in place of Acked
	ClearAll   bool     `pb:"18"` // all conversations were read
}

// The fields of a MessageBody that an edit replaces.
const (
	bodyType     = 1
	bodyContents = 4
	bodyExt      = 5
	bodyMeta     = 9
)

// bodyAndExt is the Scope of an edit that replaces the extension, too.
const bodyAndExt = 2

// maxEdits is how often a message can be edited (docs/contract.md, section 9).
const maxEdits = 10

// Errors of an edit.
var (
	ErrEdits  = errors.New("the message was edited too often")
	ErrFormat = errors.New("an edit does not fit the message")
)

// editInfo is what a MessageBody's meta says of the last edit (docs/contract.md,
// sections 12 and 13).
type editInfo struct {
	Count    int    `json:"count"`
	Operator string `json:"operator"`
	EditTime int64  `json:"edit_time"`
	Sender   string `json:"sender"`
	SendTime int64  `json:"send_time"`
	ChatType string `json:"chat_type"`
}

// EditMessage applies an uploaded edit to a message. It returns the MessageBody that
// devices receive and the notice, in JSON, that the editing device gets. A text or a
// custom message gets a new content of its kind; of any other, but for a command, the
// extension alone can be edited [client].
func EditMessage(appKey string, m *store.Message, edit []byte, now int64) (signal, notice []byte, err error) {
	about, err := Unmarshal[About](edit)
	if err != nil {
		return nil, nil, err
	}
	uploaded, err := ParseUploaded(edit)
	if err != nil {
		return nil, nil, err
	}
	content, ext := m.Kind == "txt" || m.Kind == "custom", about.Scope == bodyAndExt
	if (content && uploaded.Kind != m.Kind) || (!content && !ext) || m.Kind == "cmd" {
		return nil, nil, ErrFormat
	}
	old, err := encodedBody(appKey, *m)
	if err != nil {
		return nil, nil, err
	}
	replaced := func(n protowire.Number) bool { return (content && n == bodyContents) || (ext && n == bodyExt) }
	kept, meta, err := without(old, func(n protowire.Number) bool { return n == bodyMeta || replaced(n) })
	if err != nil {
		return nil, nil, err
	}
	taken, _, err := without(edit, func(n protowire.Number) bool { return !replaced(n) })
	if err != nil {
		return nil, nil, err
	}
	if meta, notice, err = edited(meta, *m, now); err != nil {
		return nil, nil, err
	}
	m.Payload = slices.Concat(kept, taken, Marshal(struct {
		Meta []byte `pb:"9"`
	}{meta}))
	result, err := ParseUploaded(m.Payload)
	if err != nil {
		return nil, nil, err
	}
	m.Body = result.Body
	signal, _, err = without(m.Payload, func(n protowire.Number) bool { return n == bodyType })
	return append(signal, Marshal(struct {
		Type   uint64 `pb:"1"`
		Edited uint64 `pb:"11"`
		Scope  uint64 `pb:"12"`
	}{EditType, m.ID, about.Scope})...), notice, err
}

// without returns a MessageBody without some of its fields, and its meta.
func without(body []byte, drop func(protowire.Number) bool) (rest, meta []byte, err error) {
	err = scan(body, func(f field) error {
		if f.number == bodyMeta {
			meta = f.bytes
		}
		if !drop(f.number) {
			rest = append(rest, f.raw...)
		}
		return nil
	})
	return rest, meta, err
}

// edited returns a message's meta after one more edit, with the other members as they
// were, and the part of it that is about the edit.
func edited(meta []byte, m store.Message, now int64) (all, info []byte, err error) {
	members := map[string]json.RawMessage{}
	if len(meta) > 0 && json.Unmarshal(meta, &members) != nil {
		return nil, nil, fmt.Errorf("%w: the meta is not JSON", ErrMalformed)
	}
	e := editInfo{}
	_ = json.Unmarshal(members["edit_msg"], &e) // an absent or a strange one is the first
	if e.Count >= maxEdits {
		return nil, nil, ErrEdits
	}
	chatType := map[store.ChatType]string{store.Chat: "chat:user", store.Group: "chat:group", store.Room: "chat:room"}[m.Type]
	e = editInfo{e.Count + 1, m.From, now, m.From, m.Timestamp, chatType}
	members["edit_msg"] = mustJSON(e)
	return mustJSON(members), mustJSON(map[string]editInfo{"edit_msg": e}), nil
}
