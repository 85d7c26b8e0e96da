package sandbox

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/wire"
	"github.com/roamctl/roamctl/internal/textfile"
)

// maxLine bounds a record. A message is 5 KB at most; JSON escapes make six
// times that of it.
const maxLine = 1 << 20

// The times of a history file are in milliseconds, from 2010 on. Seconds would
// be a day in January 1970, and microseconds are past the year 9999.
const (
	earliest = 1_262_304_000_000   // 2010-01-01
	latest   = 253_402_300_799_999 // 9999-12-31
)

// BadLine is a line that could not be read. The others are not affected.
type BadLine struct {
	Line int64 // from 1
	Err  error
}

// Error names the line.
func (e *BadLine) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns the cause.
func (e *BadLine) Unwrap() error { return e.Err }

// historyRecord is a line that was read.
type historyRecord struct {
	line    int64 // from 1
	size    int   // bytes
	message store.Message
}

// historyRecords reads an hourly history file (docs/contract.md, section 7) in its
// order, plain or gzip: one JSON record a line. Several gzip files in a row are one
// file. After a *BadLine the sequence continues; any other error ends it.
func historyRecords(r io.Reader) iter.Seq2[historyRecord, error] {
	return func(yield func(historyRecord, error) bool) {
		text, err := decompress(r)
		if err != nil {
			yield(historyRecord{}, err)
			return
		}
		for line, err := range fsutil.Lines(text) {
			number := int64(line.Number)
			if err != nil {
				yield(historyRecord{}, fmt.Errorf("line %d: %w", number, err))
				return
			}
			record := bytes.TrimSpace(line.Text)
			if len(record) == 0 {
				continue
			}
			m, err := decodeRecord(record)
			if err != nil {
				err = &BadLine{number, err}
			}
			if !yield(historyRecord{number, len(record), m}, err) {
				return
			}
		}
	}
}

// decompress returns the text of a file. It recognizes gzip by its first bytes.
func decompress(r io.Reader) (io.Reader, error) {
	b := bufio.NewReader(r)
	magic, err := b.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return textfile.NewReader(b, 0), nil
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, fmt.Errorf("reading gzip: %w", err)
	}
	return textfile.NewReader(z, 0), nil
}

// fileRecord is a line. A number can be text.
type fileRecord struct {
	MsgID     flexible `json:"msg_id"`
	Timestamp flexible `json:"timestamp"`
	From      string   `json:"from"`
	To        string   `json:"to"`
	ChatType  string   `json:"chat_type"`
	Payload   *struct {
		Bodies json.RawMessage `json:"bodies"`
		Ext    json.RawMessage `json:"ext"`
		From   string          `json:"from"`
		To     string          `json:"to"`
	} `json:"payload"`
}

// flexible holds a number's digits.
type flexible string

// UnmarshalJSON reads 12 and "12".
func (f *flexible) UnmarshalJSON(b []byte) error {
	*f = flexible(strings.Trim(string(b), `"`))
	return nil
}

func decodeRecord(line []byte) (store.Message, error) {
	if len(line) > maxLine {
		return store.Message{}, fmt.Errorf("longer than %d bytes", maxLine)
	}
	var r fileRecord
	if err := json.Unmarshal(line, &r); err != nil {
		return store.Message{}, fmt.Errorf("not a history record: %w", err)
	}
	m, err := r.message()
	if err != nil {
		return m, err
	}
	id, err := strconv.ParseUint(string(r.MsgID), 10, 64)
	if err != nil || id == 0 {
		return m, fmt.Errorf("msg_id %q is not an unsigned 64-bit number", string(r.MsgID))
	}
	ts, err := strconv.ParseInt(string(r.Timestamp), 10, 64)
	if err != nil || ts < earliest || ts > latest {
		return m, fmt.Errorf("timestamp %q is not a time from 2010 to 9999 in milliseconds", string(r.Timestamp))
	}
	m.ID, m.Timestamp = id, ts
	return m, nil
}

// message returns the record's message without ID and time. Sender and receiver
// are the payload's (docs/contract.md, section 7).
func (r fileRecord) message() (m store.Message, err error) {
	kind, ok := store.ParseChatType(r.ChatType)
	if !ok {
		return m, fmt.Errorf("chat_type %q must be chat, groupchat or chatroom", r.ChatType)
	}
	if r.Payload == nil {
		return m, errors.New("payload is missing")
	}
	m = store.Message{Type: kind, From: r.Payload.From, To: r.Payload.To}
	if m.From == "" || m.To == "" {
		return m, errors.New("payload.from or payload.to is missing")
	}
	m.Body = storedBody(r.Payload.Bodies, r.Payload.Ext)
	// A body that can't be encoded would make its conversation unreadable.
	var parsed wire.Body
	if err := parsed.Parse(m.Body); err != nil {
		return m, err
	}
	if len(parsed.Contents) == 0 {
		return m, errors.New("payload.bodies must be an array with a body")
	}
	m.Kind = parsed.Kind
	return m, nil
}

// storedBody returns what is stored of a payload.
func storedBody(bodies, ext json.RawMessage) []byte {
	if len(bodies) == 0 {
		bodies = json.RawMessage("null")
	}
	if len(ext) == 0 || ext[0] != '{' {
		ext = json.RawMessage("{}")
	}
	b := make([]byte, 0, len(bodies)+len(ext)+20)
	b = append(b, `{"bodies":`...)
	b = append(b, bodies...)
	b = append(b, `,"ext":`...)
	b = append(b, ext...)
	return append(b, '}')
}
