package parquetfile

import (
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
)

// The bounds of a row group, which is kept in memory until it is complete, and of
// a page of a column.
const (
	groupRows  = 100_000
	groupBytes = 16 << 20 // of NDJSON
	pageBytes  = 64 << 10
)

// Writer writes rows to a file. A file without what Close writes can't be read.
type Writer struct {
	rows   *parquet.GenericWriter[Row]
	one    [1]Row
	total  int64
	inRows int64 // of the row group
	bytes  int64 // of the row group
}

// newWriter returns a writer to a file that begins at w.
func newWriter(w io.Writer) *Writer {
	return &Writer{rows: parquet.NewGenericWriter[Row](w,
		parquet.Compression(&parquet.Zstd), // the library's own, as each has encoders of 10 MB
		parquet.PageBufferSize(pageBytes),
		parquet.CreatedBy("roamctl", "", ""), // the same bytes from every build
	)}
}

// Write writes a row. Size is about how much memory it takes.
func (w *Writer) Write(r Row, size int) error {
	w.one[0] = r
	if _, err := w.rows.Write(w.one[:]); err != nil {
		return err
	}
	w.total, w.inRows, w.bytes = w.total+1, w.inRows+1, w.bytes+int64(size)
	if w.inRows < groupRows && w.bytes < groupBytes {
		return nil
	}
	return w.flush()
}

// flush ends the row group, which frees its memory.
func (w *Writer) flush() error {
	if w.inRows == 0 {
		return nil
	}
	w.inRows, w.bytes = 0, 0
	return w.rows.Flush()
}

// Close writes what is left and the end of the file, and compares the number of
// rows there with those written. It does not close the underlying writer.
func (w *Writer) Close() error {
	if err := w.rows.Close(); err != nil {
		return err
	}
	if n := w.rows.File().NumRows(); n != w.total {
		return fmt.Errorf("the Parquet file has %d rows, and %d were written", n, w.total)
	}
	return nil
}
