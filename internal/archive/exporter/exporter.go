// Package exporter writes messages of an archive to files that other programs
// read.
package exporter

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/redact"
	"github.com/roamctl/roamctl/internal/render"
)

// Format is the format of a file.
type Format string

// The formats.
const (
	NDJSON  Format = "ndjson"
	CSV     Format = "csv"
	Parquet Format = "parquet" // of a folder
)

// Formats are all formats.
func Formats() []Format { return []Format{NDJSON, CSV, Parquet} }

// compressed is the end of the name of a file that is compressed with Zstandard.
const compressed = ".zst"

// Result is what was written.
type Result struct {
	Path     string `json:"path"`
	Messages int64  `json:"messages"`
	Bytes    int64  `json:"bytes"`
	SHA256   string `json:"sha256"`
}

// File writes the messages of a search to a new file, the oldest first. A killed
// process leaves no file of that name. An existing one is a fault.Safety. view is
// for CSV. A redactor, if not nil, redacts the messages and checks the file.
func File(ctx context.Context, store archive.Store, search archive.Search, path string, format Format, view render.View[archive.Record], redactor *redact.Redactor) (Result, error) {
	if err := mustBeNew(path); err != nil {
		return Result{}, err
	}
	if redactor != nil {
		store = redactor.Store(store)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // 0600
	if err != nil {
		return Result{}, fault.Wrap(fault.Config, err, "cannot export to %s", path)
	}
	result, err := write(ctx, store, search, tmp, strings.HasSuffix(path, compressed), format, view)
	if err == nil {
		err = tmp.Sync()
	}
	err = errors.Join(err, tmp.Close())
	if err == nil && redactor != nil {
		err = redactor.CheckFile(ctx, tmp.Name(), string(format), strings.HasSuffix(path, compressed))
	}
	if err == nil {
		err = mustBeNew(path)
	}
	if err == nil {
		err = fsutil.Rename(tmp.Name(), path)
	}
	if err != nil {
		return Result{}, errors.Join(wrap(err, path), os.Remove(tmp.Name()))
	}
	result.Path = path
	return result, nil
}

func mustBeNew(path string) error {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return wrap(err, path)
	}
	return fault.New(fault.Safety, "%s exists, and archive export replaces no file", path).WithHint("name a new file, or remove that one")
}

func wrap(err error, path string) error {
	if _, ok := errors.AsType[*fault.Error](err); ok || errors.Is(err, context.Canceled) {
		return err
	}
	return fault.Wrap(fault.Config, err, "cannot export to %s", path)
}

// write writes the messages to a file.
func write(ctx context.Context, store archive.Store, search archive.Search, file io.Writer, zst bool, format Format, view render.View[archive.Record]) (Result, error) {
	sum := sha256.New()
	out := &counter{to: io.MultiWriter(file, sum)}
	buffered := bufio.NewWriterSize(out, 64<<10)
	var text io.Writer = buffered
	finish := buffered.Flush
	if zst {
		z, err := zstd.NewWriter(buffered, zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true))
		if err != nil {
			return Result{}, err
		}
		text, finish = z, func() error { return cmp.Or(z.Close(), buffered.Flush()) }
	}
	add := rows(text, format, view)
	var result Result
	search.Oldest = true
	for m, err := range store.Search(ctx, search) {
		if err == nil {
			err = add(m.Record())
		}
		if err != nil {
			_ = finish() // frees the encoder
			return Result{}, err
		}
		result.Messages++
	}
	if err := finish(); err != nil {
		return Result{}, err
	}
	result.Bytes, result.SHA256 = out.n, hex.EncodeToString(sum.Sum(nil))
	return result, nil
}

// rows is the one place that tells the formats apart.
func rows(to io.Writer, format Format, view render.View[archive.Record]) func(archive.Record) error {
	if format == CSV {
		table := render.NewCSVFile(to, view, true)
		return func(r archive.Record) error { return table.Write(r) }
	}
	lines := json.NewEncoder(to)
	lines.SetEscapeHTML(false)
	return func(r archive.Record) error { return lines.Encode(r) }
}

// counter counts the bytes that pass.
type counter struct {
	to io.Writer
	n  int64
}

// Write implements io.Writer.
func (c *counter) Write(b []byte) (int, error) {
	n, err := c.to.Write(b)
	c.n += int64(n)
	return n, err
}
