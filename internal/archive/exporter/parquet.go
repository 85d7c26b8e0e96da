package exporter

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/parquetfile"
	"github.com/roamctl/roamctl/internal/redact"
)

// sumsName is the name of the file with the SHA-256 of each Parquet file, as
// sha256sum -c reads it.
const sumsName = "SHA256SUMS"

// Folder writes the messages of a search to Parquet files in a new folder, by
// month, the oldest first. A killed process leaves no folder of that name. An
// existing one is a fault.Safety. The result's SHA-256 is that of SHA256SUMS. redactor is
// as in File.
func Folder(ctx context.Context, store archive.Store, search archive.Search, path string, redactor *redact.Redactor) (Result, error) {
	if err := mustBeNew(path); err != nil {
		return Result{}, err
	}
	fsutil.RemoveStale(filepath.Dir(path))
	tmp, err := fsutil.NewTempFolder(filepath.Dir(path))
	if err != nil {
		return Result{}, fault.Wrap(fault.Config, err, "cannot export to %s", path)
	}
	f := &folder{root: tmp.Path}
	if redactor != nil {
		store = redactor.Store(store)
	}
	err = f.write(ctx, store, search)
	for _, file := range f.files {
		if err == nil && redactor != nil {
			err = redactor.CheckFile(ctx, file, string(Parquet), false)
		}
	}
	if err == nil {
		err = mustBeNew(path)
	}
	if err == nil {
		err = tmp.MoveTo(path)
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		return Result{}, wrap(err, path)
	}
	f.result.Path = path
	return f.result, nil
}

// folder is a folder of Parquet files that is being written.
type folder struct {
	root   string
	files  []string     // their paths
	sums   bytes.Buffer // a line for each finished file
	result Result
}

func (f *folder) write(ctx context.Context, store archive.Store, search archive.Search) error {
	months := parquetfile.Monthly{Create: f.create, Ordered: true}
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	search.Oldest = true
	read := int64(0)
	for m, err := range store.Search(ctx, search) {
		line.Reset()
		if err == nil {
			err = encoder.Encode(m.Record())
		}
		if err == nil {
			err = months.Add(line.Bytes())
		}
		if err != nil {
			months.Abort()
			return err
		}
		read++
	}
	if err := months.Finish(); err != nil {
		return err
	}
	if f.result.Messages != read {
		return fmt.Errorf("the files have %d messages, and the archive gave %d", f.result.Messages, read)
	}
	sum := sha256.Sum256(f.sums.Bytes())
	f.result.SHA256 = hex.EncodeToString(sum[:])
	return fsutil.Replace(filepath.Join(f.root, sumsName), f.sums.Bytes())
}

// create begins the next file.
func (f *folder) create(month string) (parquetfile.File, error) {
	name := fmt.Sprintf("%s/messages-%04d.parquet", parquetfile.Folder(month), len(f.files)+1)
	path := filepath.Join(f.root, filepath.FromSlash(name))
	f.files = append(f.files, path)
	if err := fsutil.Folder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	return &folderFile{
		folder: f, name: name, file: file, sum: sum, Writer: bufio.NewWriterSize(io.MultiWriter(file, sum), 64<<10),
	}, nil
}

// folderFile is a file of a folder.
type folderFile struct {
	*bufio.Writer

	folder *folder
	name   string
	file   *os.File
	sum    hash.Hash
}

// Finish puts the file on disk and counts its rows by what the file itself says.
func (o *folderFile) Finish(rows int64) error {
	err := o.Flush()
	if err == nil {
		err = o.file.Sync()
	}
	if err != nil {
		return err
	}
	info, err := o.file.Stat()
	if err != nil {
		return err
	}
	n, err := parquetfile.Rows(o.file, info.Size())
	if err == nil && n != rows {
		err = fmt.Errorf("%s has %d rows, and %d were written", o.name, n, rows)
	}
	if err == nil {
		err = o.file.Close()
	}
	if err == nil {
		err = fsutil.SyncFolder(filepath.Dir(o.file.Name()))
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(&o.folder.sums, "%x  %s\n", o.sum.Sum(nil), o.name)
	o.folder.result.Messages += n
	o.folder.result.Bytes += info.Size()
	return nil
}

// Abort closes the file. Folder removes it.
func (o *folderFile) Abort() { _ = o.file.Close() }
