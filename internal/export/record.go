package export

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Format is what a file's records look like.
type Format string

// A line of JSON for each record, or a table with a header.
const (
	NDJSON Format = "ndjson"
	CSV    Format = "csv"
)

// Formats are all formats.
func Formats() []Format { return []Format{NDJSON, CSV} }

// ParseFormat reads a format's name.
func ParseFormat(s string) (Format, error) {
	for _, f := range Formats() {
		if s == string(f) {
			return f, nil
		}
	}
	return "", fmt.Errorf("unknown format %q: one of ndjson, csv", s)
}

// Record is a line of an export: a message of a user's history, or an item
// that could not be read.
type Record struct {
	User string `json:"user"`
	roaming.Message

	// Unreadable is an item as the service sent it, where it is no message;
	// Error says why. Of the message only the conversation is known then.
	Unreadable string `json:"unreadable,omitempty"`
	Error      string `json:"error,omitempty"`
}

// unreadable is a record of an item that could not be read.
type unreadable struct {
	User         string           `json:"user"`
	ChatType     roaming.ChatType `json:"chat_type"`
	Conversation string           `json:"conversation"`
	Unreadable   string           `json:"unreadable"`
	Error        string           `json:"error"`
}

// scribe writes records of one conversation as lines.
type scribe struct {
	ref  roaming.Ref
	head []byte // {"user":"...",
	buf  bytes.Buffer
	json *json.Encoder
}

func newScribe(ref roaming.Ref) (*scribe, error) {
	s := &scribe{ref: ref}
	s.json = json.NewEncoder(&s.buf)
	s.json.SetEscapeHTML(false)
	if err := s.json.Encode(ref.User); err != nil {
		return nil, fault.Wrap(fault.Bug, err, "writing the records of %s", ref)
	}
	s.head = fmt.Appendf(nil, `{"user":%s,`, bytes.TrimSpace(s.buf.Bytes()))
	return s, nil
}

// message adds a message's line to b.
func (s *scribe) message(b []byte, m roaming.Message) ([]byte, error) {
	start := len(b) + len(s.head) - 1
	b, err := m.AppendJSON(append(b, s.head[:len(s.head)-1]...))
	if err != nil {
		return b, fault.Wrap(fault.Bug, err, "message %s of %s has no JSON form", m.ID, s.ref)
	}
	b[start] = ',' // in the place of the message's own brace
	return append(b, '\n'), nil
}

// unreadable adds the line of an item that could not be read.
func (s *scribe) unreadable(b []byte, item *roaming.ItemError) ([]byte, error) {
	s.buf.Reset()
	err := s.json.Encode(unreadable{
		User: s.ref.User, ChatType: s.ref.Type, Conversation: s.ref.Conversation, Unreadable: item.Raw, Error: item.Err.Error(),
	})
	if err != nil {
		return b, fault.Wrap(fault.Bug, err, "an item of %s has no JSON form", s.ref)
	}
	return append(b, s.buf.Bytes()...), nil
}

// rawSum tells records without an ID apart, by what the service sent.
func rawSum(raw string) string {
	const digits = 16
	sum := sha256.Sum256([]byte(raw))
	return hex.EncodeToString(sum[:])[:digits]
}

// mark is what has to be known of a line to count it.
type mark struct {
	ID        roaming.MessageID `json:"id"` // 0 for a message without one, and for an unreadable item
	Timestamp roaming.Time      `json:"timestamp"`
	Kind      roaming.Kind      `json:"kind"`  // "" for an unreadable item
	Error     string            `json:"error"` // "" for a message
}

// readMark reads a line's mark. Every line of every export goes through it, so
// that the lines of messages, whose beginning is always the same, are not read
// as JSON: that takes longer than all the rest.
func readMark(line []byte) (m mark, err error) {
	if m, ok := quickMark(line); ok {
		return m, nil
	}
	if err := json.Unmarshal(line, &m); err != nil {
		return m, err
	}
	if m.ID == 0 && m.Kind == "" && m.Error == "" {
		return m, fmt.Errorf("it is neither a message nor an item that could not be read")
	}
	return m, nil
}

// quickMark reads the beginning of a message's line as scribe writes it. A quote
// within the user's ID has a backslash before it, so what it looks for stands
// nowhere in that.
func quickMark(line []byte) (m mark, ok bool) {
	rest, ok := bytes.CutPrefix(line, []byte(`{"user":"`))
	if !ok {
		return m, false
	}
	if _, rest, ok = bytes.Cut(rest, []byte(`","id":"`)); !ok {
		return m, false
	}
	id, rest, ok := bytes.Cut(rest, []byte(`","timestamp":"`))
	if !ok {
		return m, false
	}
	at, _, ok := bytes.Cut(rest, []byte(`","chat_type":"`))
	if !ok || !bytes.HasSuffix(line, []byte("}")) {
		return m, false
	}
	if m.ID, ok = quickID(id); !ok {
		return m, false
	}
	t, err := time.Parse(time.RFC3339Nano, string(at))
	m.Timestamp = roaming.Time{Time: t}
	return m, err == nil
}

func quickID(digits []byte) (roaming.MessageID, bool) {
	id, err := roaming.ParseMessageID(string(digits))
	return id, err == nil
}

// DecodeRecord reads a line of an export. Numbers in bodies and extensions stay
// as they are written.
func DecodeRecord(line []byte) (r Record, err error) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	err = d.Decode(&r)
	return r, err
}
