// Package parquetfile writes messages to Parquet files and reads them back. The
// columns and their types are those of docs/export-format.md: other programs
// depend on them.
package parquetfile

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/roamctl/roamctl/internal/roaming"
)

// Row is a message, or an item that could not be read. A field that a message
// does not have is null, except for the text, which is then empty.
type Row struct {
	User         string `parquet:"user,optional,dict"`
	ID           string `parquet:"id,optional"`
	IDNumber     uint64 `parquet:"id_number,optional,delta"`
	Timestamp    int64  `parquet:"timestamp,optional,timestamp(millisecond:utc),delta"` // 0 is no time of a message
	RawTimestamp string `parquet:"raw_timestamp,optional"`
	ChatType     string `parquet:"chat_type,dict"`
	Conversation string `parquet:"conversation,dict"`
	From         string `parquet:"from,dict"`
	To           string `parquet:"to,dict"`
	Kind         string `parquet:"kind,dict"`
	Text         string `parquet:"text"`

	// JSON texts. The library (v0.32.0) panics for optional columns of the JSON type.
	Body       string `parquet:"body,optional"`
	Ext        string `parquet:"ext,optional"`
	Edited     string `parquet:"edited,optional"`
	Reactions  string `parquet:"reactions,optional"`
	Thread     string `parquet:"thread,optional"`
	Stream     string `parquet:"stream,optional"`
	Recipients string `parquet:"recipients,optional"`
	Sources    string `parquet:"sources,optional"`

	Revisions  *int32 `parquet:"revisions"` // nil for a message that is not from an archive
	Raw        []byte `parquet:"raw,optional"`
	Unreadable string `parquet:"unreadable,optional"`
	Error      string `parquet:"error,optional"`
}

// line is a record of NDJSON, of an export or of an archive.
type line struct {
	User         string          `json:"user"`
	ID           string          `json:"id"`
	Timestamp    roaming.Time    `json:"timestamp"`
	RawTimestamp string          `json:"raw_timestamp"`
	ChatType     string          `json:"chat_type"`
	Conversation string          `json:"conversation"`
	From         string          `json:"from"`
	To           string          `json:"to"`
	Kind         string          `json:"kind"`
	Text         string          `json:"text"`
	Body         json.RawMessage `json:"body"`
	Ext          json.RawMessage `json:"ext"`
	Edited       json.RawMessage `json:"edited"`
	Reactions    json.RawMessage `json:"reactions"`
	Thread       json.RawMessage `json:"thread"`
	Stream       json.RawMessage `json:"stream"`
	Recipients   json.RawMessage `json:"recipients"`
	Sources      json.RawMessage `json:"sources"`
	Revisions    *int32          `json:"revisions"`
	Raw          []byte          `json:"raw"`
	Unreadable   string          `json:"unreadable"`
	Error        string          `json:"error"`
}

// parseRow returns the row of a record, given as its line of NDJSON. The texts of
// objects and lists stay as they are in the line.
func parseRow(ndjson []byte) (Row, error) {
	var l line
	if err := json.Unmarshal(ndjson, &l); err != nil {
		return Row{}, fmt.Errorf("cannot read a record: %w", err)
	}
	r := Row{
		User: l.User, ID: l.ID, RawTimestamp: l.RawTimestamp, ChatType: l.ChatType, Conversation: l.Conversation,
		From: l.From, To: l.To, Kind: l.Kind, Text: l.Text,
		Body: string(l.Body), Ext: string(l.Ext), Edited: string(l.Edited), Reactions: string(l.Reactions),
		Thread: string(l.Thread), Stream: string(l.Stream), Recipients: string(l.Recipients), Sources: string(l.Sources),
		Revisions: l.Revisions, Raw: l.Raw, Unreadable: l.Unreadable, Error: l.Error,
	}
	if id, err := roaming.ParseMessageID(l.ID); err == nil {
		r.IDNumber = uint64(id)
	}
	if !l.Timestamp.IsZero() {
		r.Timestamp = l.Timestamp.UnixMilli()
	}
	return r, nil
}

// noMonth stands for the month of a message without a time.
const noMonth = "unknown"

// Month returns the month of a row's time in UTC, such as 2025-11.
func (r *Row) Month() string {
	if r.Timestamp == 0 {
		return noMonth
	}
	return time.UnixMilli(r.Timestamp).UTC().Format("2006-01")
}

// MonthPattern is a regular expression for the names of the folders in which
// Folder puts files.
const MonthPattern = `month=(\d{4}-\d{2}|` + noMonth + `)`

// Folder returns the name of the folder for the files of a month, as programs
// that read partitioned files expect it.
func Folder(month string) string { return "month=" + month }
