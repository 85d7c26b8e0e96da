// Package histfile reads hourly history files (contract, section 7): one JSON
// record a line, plain or gzip.
package histfile

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

	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/wire"
	"github.com/roamctl/roamctl/internal/textfile"
)

// maxLine bounds a record. A message is 5 KB at most; JSON escapes make six
// times that of it.
const maxLine = 1 << 20

// The service sets the times of a history file, in milliseconds, and is not
// older than 2010. Seconds would be a day in January 1970, and microseconds are
// past the year 9999.
const (
	earliest = 1_262_304_000_000   // 2010-01-01
	latest   = 253_402_300_799_999 // 9999-12-31
)

// LineError is a record that cannot be read. The others are not affected.
type LineError struct {
	Line int64 // from 1
	Err  error
}

// Error names the line.
func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap is the cause.
func (e *LineError) Unwrap() error { return e.Err }

// Record is a line that was read.
type Record struct {
	Line    int64 // from 1
	Size    int   // bytes
	Message store.Message
}

// Records reads the messages of a file in its order. gzip is told by its first
// bytes; several gzip files one after the other are one. A *LineError is about
// one line only and the sequence goes on; any other error ends it.
func Records(r io.Reader) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		lines, err := open(r)
		if err != nil {
			yield(Record{}, err)
			return
		}
		for number := int64(1); ; number++ {
			line, tooLong, err := readLine(lines)
			if err != nil && !errors.Is(err, io.EOF) {
				yield(Record{}, fmt.Errorf("after line %d: %w", number-1, err))
				return
			}
			if more := record(line, tooLong, number, yield); !more || err != nil {
				return
			}
		}
	}
}

func record(line []byte, tooLong bool, number int64, yield func(Record, error) bool) bool {
	if tooLong {
		return yield(Record{Line: number}, &LineError{number, fmt.Errorf("longer than %d bytes", maxLine)})
	}
	line = bytes.TrimSpace(line)
	if len(line) == 0 {
		return true
	}
	m, err := Decode(line)
	if err != nil {
		return yield(Record{Line: number}, &LineError{number, err})
	}
	return yield(Record{number, len(line), m}, nil)
}

func open(r io.Reader) (*bufio.Reader, error) {
	const size = 64 << 10
	b := bufio.NewReaderSize(r, size)
	magic, err := b.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return bufio.NewReaderSize(textfile.NewReader(b, 0), size), nil
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, fmt.Errorf("reading gzip: %w", err)
	}
	return bufio.NewReaderSize(textfile.NewReader(z, 0), size), nil
}

// readLine reads to the end of a line. The rest of one that is too long is
// read over.
func readLine(b *bufio.Reader) (line []byte, tooLong bool, err error) {
	for {
		part, err := b.ReadSlice('\n')
		if len(line)+len(part) > maxLine {
			line, tooLong = nil, true
		}
		if !tooLong {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, tooLong, err
		}
	}
}

// fileRecord is a line. Numbers may come as numbers or as text.
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

// flexible is a number's digits.
type flexible string

// UnmarshalJSON takes 12 and "12".
func (f *flexible) UnmarshalJSON(b []byte) error {
	*f = flexible(strings.Trim(string(b), `"`))
	return nil
}

// Decode reads one record. from and to are the payload's (contract, section 7).
func Decode(line []byte) (store.Message, error) {
	var m store.Message
	var r fileRecord
	if err := json.Unmarshal(line, &r); err != nil {
		return m, fmt.Errorf("not a history record: %w", err)
	}
	id, err := strconv.ParseUint(string(r.MsgID), 10, 64)
	if err != nil || id == 0 {
		return m, fmt.Errorf("msg_id %q is not an unsigned 64-bit number", string(r.MsgID))
	}
	ts, err := strconv.ParseInt(string(r.Timestamp), 10, 64)
	if err != nil || ts < earliest || ts > latest {
		return m, fmt.Errorf("timestamp %q is not a time from 2010 to 9999 in milliseconds", string(r.Timestamp))
	}
	kind, ok := store.ParseChatType(r.ChatType)
	if !ok {
		return m, fmt.Errorf("chat_type %q is none of chat, groupchat, chatroom", r.ChatType)
	}
	if r.Payload == nil {
		return m, errors.New("payload is missing")
	}
	m = store.Message{ID: id, Timestamp: ts, Type: kind, From: r.Payload.From, To: r.Payload.To}
	if m.From == "" || m.To == "" {
		return m, errors.New("payload.from or payload.to is missing")
	}
	m.Body = body(r.Payload.Bodies, r.Payload.Ext)
	// What cannot be encoded would make its conversation unreadable.
	var parsed wire.Body
	if err := parsed.Parse(m.Body); err != nil {
		return m, err
	}
	if len(parsed.Contents) == 0 {
		return m, errors.New("payload.bodies must be an array with a body")
	}
	// A type that the contract does not name is stored under that name and
	// counts as unknown.
	m.Kind = parsed.Kind
	return m, nil
}

// body is what a message keeps of its payload.
func body(bodies, ext json.RawMessage) []byte {
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
