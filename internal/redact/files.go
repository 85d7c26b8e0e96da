package redact

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/parquetfile"
)

// CheckFile reads a file of records that was written and checks every field. format is
// ndjson, csv or parquet; compressed files are of Zstandard.
func (r *Redactor) CheckFile(ctx context.Context, path, format string, compressed bool) (err error) {
	f, err := fsutil.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if format == "parquet" {
		return r.checkParquet(ctx, f)
	}
	var content io.Reader = f
	if compressed {
		z, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
		if err != nil {
			return err
		}
		defer z.Close()
		content = z
	}
	if format == "csv" {
		return r.checkCSV(ctx, content)
	}
	for line, err := range fsutil.Lines(content) {
		if err == nil {
			err = context.Cause(ctx)
		}
		if err == nil {
			err = r.CheckJSON(line.Text)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// CheckJSON checks a record in JSON.
func (r *Redactor) CheckJSON(record []byte) error {
	var fields map[string]any
	d := json.NewDecoder(strings.NewReader(string(record)))
	d.UseNumber()
	if err := d.Decode(&fields); err != nil {
		return err
	}
	return r.CheckRecord(fields)
}

// checkCSV checks the rows of a table. The apostrophes that keep spreadsheets from
// running a cell are no part of it.
func (r *Redactor) checkCSV(ctx context.Context, content io.Reader) error {
	rows := csv.NewReader(content)
	header, err := rows.Read()
	if errors.Is(err, io.EOF) {
		return nil
	}
	for err == nil {
		if err = context.Cause(ctx); err != nil {
			break
		}
		var row []string
		if row, err = rows.Read(); err != nil {
			break
		}
		fields := map[string]any{}
		for i, name := range header {
			cell := strings.TrimPrefix(row[i], "'")
			switch name {
			case "body", "ext", "thread", "stream":
				fields[name] = nested(cell)
			default:
				fields[name] = cell
			}
		}
		err = r.CheckRecord(fields)
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func (r *Redactor) checkParquet(ctx context.Context, f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	for row, err := range parquetfile.Read(ctx, f, info.Size()) {
		if err != nil {
			return err
		}
		fields := map[string]any{
			"id": row.ID, "from": row.From, "kind": row.Kind, "text": row.Text, "raw": string(row.Raw),
			"unreadable": row.Unreadable, "error": row.Error,
		}
		for name, cell := range map[string]string{
			"body": row.Body, "ext": row.Ext, "reactions": row.Reactions, "thread": row.Thread, "stream": row.Stream,
		} {
			if cell != "" {
				fields[name] = nested(cell)
			}
		}
		if err := r.CheckRecord(fields); err != nil {
			return err
		}
	}
	return nil
}
