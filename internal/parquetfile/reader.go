package parquetfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/parquet-go/parquet-go"
)

// maxGroupBytes bounds the uncompressed size of a row group that is read. Those
// of Writer are far below.
const maxGroupBytes = 1 << 30

// Read yields the rows of a file of so many bytes. An error ends the sequence: a
// damaged file is an error, whatever the library does with it.
func Read(ctx context.Context, file io.ReaderAt, size int64) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		rows, err := open(file, size)
		if err != nil {
			yield(Row{}, err)
			return
		}
		var batch [64]Row
		for {
			n, err := read(rows, batch[:])
			for _, r := range batch[:n] {
				if !yield(r, nil) {
					return
				}
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err == nil {
				err = context.Cause(ctx)
			}
			if err != nil {
				yield(Row{}, err)
				return
			}
		}
	}
}

// Rows returns the number of rows by the end of a file of so many bytes.
func Rows(file io.ReaderAt, size int64) (int64, error) {
	rows, err := open(file, size)
	if err != nil {
		return 0, err
	}
	return rows.NumRows(), rows.Close()
}

func open(file io.ReaderAt, size int64) (rows *parquet.GenericReader[Row], err error) {
	defer recovered(&err)
	f, err := parquet.OpenFile(file, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, err
	}
	if want := parquet.SchemaOf(Row{}); !parquet.EqualNodes(f.Schema(), want) {
		return nil, errors.New("it has other columns than an export")
	}
	for _, g := range f.Metadata().RowGroups {
		if g.TotalByteSize > maxGroupBytes {
			return nil, fmt.Errorf("it has a row group of %d bytes", g.TotalByteSize)
		}
	}
	return parquet.NewGenericReader[Row](f), nil
}

func read(rows *parquet.GenericReader[Row], batch []Row) (n int, err error) {
	defer recovered(&err)
	clear(batch)
	return rows.Read(batch)
}

// recovered makes an error of a panic: the library panics for some damaged files.
func recovered(err *error) { //nolint:gocritic // a deferred call sets the named result
	if p := recover(); p != nil {
		*err = fmt.Errorf("it is damaged: %v", p)
	}
}
