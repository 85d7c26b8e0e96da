package export

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/roamctl/roamctl/internal/parquetfile"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

// parquetOutput writes records to Parquet files, each with messages of one month.
// Nothing can be added to such a file: all of them are parts, and new records go
// to new ones.
type parquetOutput struct {
	parquetfile.Monthly

	base  *outputFile // what is the same for all parts
	parts []*parquetPart
}

func newParquetOutput(base *outputFile) *parquetOutput {
	o := &parquetOutput{base: base}
	o.Monthly = parquetfile.Monthly{Create: o.create, MaxBytes: base.partSize}
	return o
}

func (o *parquetOutput) add(line []byte) error { return o.Add(line) }
func (o *parquetOutput) finish() error         { return o.Finish() }
func (o *parquetOutput) abort()                { o.Abort() }

func (o *parquetOutput) written() []run.File {
	var files []run.File
	for _, p := range o.parts {
		files = append(files, p.files...)
	}
	return files
}

// create begins the next part.
func (o *parquetOutput) create(month string) (parquetfile.File, error) {
	n := len(o.base.before) + len(o.parts) + 1
	p := &parquetPart{outputFile{
		root: o.base.root, path: o.base.path, temp: fmt.Sprintf("%s.%d", o.base.temp, n), check: o.base.check, allowReplace: o.base.allowReplace,
	}}
	o.parts = append(o.parts, p)
	err := p.create(run.File{Path: monthPart(p.path, month, n), Volume: p.path, Part: n})
	return p, err
}

// parquetPart is a part of a parquetOutput.
type parquetPart struct{ outputFile }

// Write implements io.Writer.
func (p *parquetPart) Write(b []byte) (int, error) { return p.buffer.Write(b) }

// Finish puts the part in its place. Its content has the size of the file.
func (p *parquetPart) Finish(rows int64) error {
	if err := p.finish(); err != nil {
		return err
	}
	p.files[0].Records, p.files[0].Content = int(rows), p.files[0].Bytes
	return nil
}

// Abort removes the unfinished part.
func (p *parquetPart) Abort() { p.abort() }

// monthPart returns the path of part n of a path, in the folder of a month.
func monthPart(path, month string, n int) string {
	dir, name := cutDir(path)
	return dir + parquetfile.Folder(month) + "/" + part(name, n)
}

// cutDir cuts a path after its last slash.
func cutDir(path string) (dir, name string) {
	i := strings.LastIndexByte(path, '/') + 1
	return path[:i], path[i:]
}

// parquetRecords yields the records of a Parquet file of so many bytes.
func parquetRecords(ctx context.Context, file io.ReaderAt, size int64) iter.Seq2[recordInfo, error] {
	return func(yield func(recordInfo, error) bool) {
		for r, err := range parquetfile.Read(ctx, file, size) {
			record := recordInfo{
				User: r.User, ChatType: roaming.ChatType(r.ChatType), Conversation: r.Conversation, ID: roaming.MessageID(r.IDNumber),
				Kind: roaming.Kind(r.Kind), Raw: r.Raw, Unreadable: r.Unreadable, Error: r.Error, end: size,
			}
			if !yield(record, err) || err != nil {
				return
			}
		}
	}
}
