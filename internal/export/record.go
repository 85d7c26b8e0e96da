package export

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Format is the format of an export's records.
type Format string

// A line of JSON for each record, a table with a header, or tables by month with
// typed columns.
const (
	NDJSON  Format = "ndjson"
	CSV     Format = "csv"
	Parquet Format = "parquet"
)

// Formats returns all formats.
func Formats() []Format { return []Format{NDJSON, CSV, Parquet} }

// Record is a line of an export: a message of a user's history, or an item
// that could not be read.
type Record struct {
	User string `json:"user"`
	roaming.Message

	// Unreadable is the item as the service sent it, if it is no message, and
	// Error says why. Of the message only the conversation is known then.
	Unreadable string `json:"unreadable,omitempty"`
	Error      string `json:"error,omitempty"`
}

// DecodeRecord decodes a line of an export. Numbers in bodies and extensions
// keep their digits.
func DecodeRecord(line []byte) (r Record, err error) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	err = d.Decode(&r)
	return r, err
}

// appendMessage appends the line of a message in user's history to b.
func appendMessage(b []byte, user string, m roaming.Message) ([]byte, error) {
	b, err := appendJSON(b, map[string]string{"user": user})
	start := len(b) - len("}\n")
	if err == nil {
		b, err = m.AppendJSON(b[:start])
	}
	if err != nil {
		return b, fault.Wrap(fault.Bug, err, "encoding message %s of %s", m.ID, user)
	}
	b[start] = ',' // in place of the brace that opens the message
	return append(b, '\n'), nil
}

// appendUnreadable appends the line of an item that could not be read to b.
func appendUnreadable(b []byte, ref roaming.Ref, item *roaming.ItemError) ([]byte, error) {
	b, err := appendJSON(b, recordInfo{
		User: ref.User, ChatType: ref.Type, Conversation: ref.Conversation, Unreadable: item.Raw, Error: item.Err.Error(),
	})
	if err != nil {
		return b, fault.Wrap(fault.Bug, err, "encoding an item of %s", ref)
	}
	return b, nil
}

func appendJSON(b []byte, v any) ([]byte, error) {
	w := bytes.NewBuffer(b)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return w.Bytes(), err
}

// rawHash identifies a record without an ID by what the service sent.
func rawHash(raw string) string {
	const digits = 16
	sum := sha256.Sum256([]byte(raw))
	return hex.EncodeToString(sum[:])[:digits]
}

// recordInfo is what is needed to count a record and to recognize it. Of an
// unreadable item it is the whole record.
type recordInfo struct {
	User         string            `json:"user"`
	ChatType     roaming.ChatType  `json:"chat_type"`
	Conversation string            `json:"conversation"`
	ID           roaming.MessageID `json:"id,omitempty"` // 0 for a message without one
	Timestamp    roaming.Time      `json:"timestamp,omitzero"`
	Kind         roaming.Kind      `json:"kind,omitempty"`
	Raw          []byte            `json:"raw,omitempty"`
	Unreadable   string            `json:"unreadable"`
	Error        string            `json:"error"` // "" for a message

	line []byte // without its line feed; valid until the next record is read
	end  int64  // the offset after the record
}

func (r recordInfo) ref() roaming.Ref {
	return roaming.Ref{User: r.User, Conversation: r.Conversation, Type: r.ChatType}
}

// hash identifies a record without an ID; it is "" for one with an ID.
func (r recordInfo) hash() string {
	if r.ID != 0 {
		return ""
	}
	return rawHash(cmp.Or(r.Unreadable, string(r.Raw)))
}

// parseRecord parses a line of NDJSON.
func parseRecord(line fsutil.Line) (r recordInfo, err error) {
	if line.Torn() {
		return r, errors.New("it was cut off")
	}
	if err := json.Unmarshal(line.Text, &r); err != nil {
		return r, err
	}
	if r.ID == 0 && r.Kind == "" && r.Error == "" {
		return r, errors.New("it is neither a message nor an unreadable item")
	}
	r.line, r.end = line.Text, line.End()
	return r, nil
}

// textRecords yields the records of an output file of NDJSON or CSV. An error ends
// the sequence.
func textRecords(ctx context.Context, r io.Reader, compressed bool, format Format) iter.Seq2[recordInfo, error] {
	return func(yield func(recordInfo, error) bool) {
		if compressed {
			d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
			if err != nil {
				yield(recordInfo{}, err)
				return
			}
			defer d.Close()
			r = d
		}
		if format == CSV {
			csvRecords(ctx, r)(yield)
		} else {
			ndjsonRecords(ctx, r)(yield)
		}
	}
}

// ndjsonRecords yields the records of NDJSON.
func ndjsonRecords(ctx context.Context, r io.Reader) iter.Seq2[recordInfo, error] {
	return func(yield func(recordInfo, error) bool) {
		for line, err := range fsutil.Lines(r) {
			var record recordInfo
			if err == nil {
				err = context.Cause(ctx)
			}
			if err == nil {
				if record, err = parseRecord(line); err != nil {
					err = fmt.Errorf("line %d: %w", line.Number, err)
				}
			}
			if !yield(record, err) || err != nil {
				return
			}
		}
	}
}

// csvRecords yields the rows of a table. The
// apostrophes that keep spreadsheets from running a cell are removed. Cells are
// not always the exact texts: the hash of a message without an ID is unknown.
func csvRecords(ctx context.Context, r io.Reader) iter.Seq2[recordInfo, error] {
	return func(yield func(recordInfo, error) bool) {
		rows := csv.NewReader(r)
		rows.ReuseRecord = true
		header, err := csvHeader(rows)
		if err != nil {
			yield(recordInfo{}, err)
			return
		}
		for {
			row, err := rows.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err == nil {
				err = context.Cause(ctx)
			}
			if err != nil {
				yield(recordInfo{}, err)
				return
			}
			cell := func(name string) string { return strings.TrimPrefix(row[slices.Index(header, name)], "'") }
			id, err := roaming.ParseMessageID(cell("id"))
			if err != nil {
				id = 0
			}
			record := recordInfo{
				User: cell("user"), Conversation: cell("conversation"), ChatType: roaming.ChatType(cell("chat_type")),
				ID: id, Unreadable: cell("text"), end: rows.InputOffset(),
			}
			if !yield(record, nil) {
				return
			}
		}
	}
}

// csvHeader reads and checks the header of a table.
func csvHeader(rows *csv.Reader) ([]string, error) {
	header, err := rows.Read()
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"user", "id", "chat_type", "conversation", "text"} {
		if !slices.Contains(header, name) {
			return nil, fmt.Errorf("the table has no column %q", name)
		}
	}
	return slices.Clone(header), nil
}
