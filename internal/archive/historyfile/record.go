package historyfile

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/exactjson"
	"github.com/roamctl/roamctl/internal/roaming"
)

// record is a line (docs/contract.md, section 7). The documented examples have an ID
// that is no number.
type record struct {
	ID        scalar   `json:"msg_id"`
	Timestamp scalar   `json:"timestamp"`
	From      string   `json:"from"`
	To        string   `json:"to"`
	ChatType  string   `json:"chat_type"`
	Payload   *payload `json:"payload"`
}

type payload struct {
	Bodies []jsontext.Value `json:"bodies"`
	Ext    jsontext.Value   `json:"ext"`
	From   string           `json:"from"`
	To     string           `json:"to"`
}

// scalar is a string, or a number as it is written; "" for null.
type scalar string

// UnmarshalJSONFrom reads 12 and "12".
func (s *scalar) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	token, err := d.ReadToken()
	if err != nil {
		return err
	}
	switch kind := token.Kind(); kind {
	case '"', '0':
		*s = scalar(token.String())
	case 'n':
		*s = ""
	default:
		return fmt.Errorf("want a string or a number, got %s", kind)
	}
	return nil
}

// decode reads a record. Its bytes are kept as they are; what is not UTF-8 in them is
// replaced for reading.
func decode(line []byte, noID archive.Occurrences) (archive.Message, error) {
	text := line
	if !utf8.Valid(text) {
		text = bytes.ToValidUTF8(text, []byte("\ufffd"))
	}
	var r record
	if err := jsonv2.Unmarshal(text, &r, exactjson.Lax()); err != nil {
		return archive.Message{}, notARecord(err)
	}
	conversation, err := r.conversation()
	if err != nil {
		return archive.Message{}, err
	}
	at, raw, err := r.time()
	if err != nil {
		return archive.Message{}, err
	}
	var body roaming.Message
	fields := map[string]any{}
	if len(r.Payload.Bodies) > 0 {
		fields, _ = exactjson.Object(r.Payload.Bodies[0]) // Raw has the others
	}
	body.SetJSONBody(fields)
	ext, _ := exactjson.Object(r.Payload.Ext)
	m := archive.Message{
		Time: at, RawTime: raw, Conversation: conversation, From: r.Payload.From, To: r.Payload.To,
		Kind: body.Kind, Text: body.Text, Body: body.Body, Ext: ext, Raw: bytes.Clone(line), Source: archive.Hourly,
	}
	if r.ID == "" {
		m.Key = noID.Key(m.Raw)
	} else {
		m.Key = archive.IDKey(string(r.ID))
	}
	return m, nil
}

// notARecord is the error of a line that is no JSON, or other JSON. The text of the
// line, which strangers wrote, stays out of it.
func notARecord(err error) error {
	if semantic, ok := errors.AsType[*jsonv2.SemanticError](err); ok && semantic.JSONPointer != "" {
		return fmt.Errorf("not a history record: %.60s is of another type", semantic.JSONPointer)
	}
	return errors.New("not a history record: invalid JSON")
}

// conversation returns whose message it is. Sender and receiver are the payload's
// (docs/contract.md, section 7); the record's own are used where it has none.
func (r *record) conversation() (archive.Conversation, error) {
	t, err := roaming.ParseChatType(r.ChatType)
	if err != nil {
		return archive.Conversation{}, errors.New("chat_type must be chat, groupchat or chatroom")
	}
	if r.Payload == nil {
		return archive.Conversation{}, errors.New("payload is missing")
	}
	p := r.Payload
	p.From, p.To = cmp.Or(p.From, r.From), cmp.Or(p.To, r.To)
	if p.From == "" || p.To == "" {
		return archive.Conversation{}, errors.New("from or to is missing")
	}
	return archive.ConversationOf(roaming.Ref{User: p.From, Conversation: p.To, Type: t}), nil
}

// time returns the record's time, or the number that is no time.
func (r *record) time() (at roaming.Time, raw string, err error) {
	if r.Timestamp == "" {
		return at, "", nil
	}
	ms, err := strconv.ParseUint(string(r.Timestamp), 10, 64)
	if err != nil {
		f, err := json.Number(r.Timestamp).Float64() // 1.7e12
		if err != nil || f != math.Trunc(f) {
			return at, "", errors.New("timestamp is not a whole number")
		}
		if f < 0 || f >= math.MaxUint64 {
			return at, strconv.FormatFloat(f, 'f', -1, 64), nil
		}
		ms = uint64(f)
	}
	if at, ok := roaming.Instant(ms); ok {
		return at, "", nil
	}
	return at, strconv.FormatUint(ms, 10), nil
}
