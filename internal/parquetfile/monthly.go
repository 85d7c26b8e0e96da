package parquetfile

import (
	"io"
	"slices"
)

// maxOpen bounds the files that are written at a time. Each takes the memory of a
// row group. The service keeps messages for 90 days at most, which are in 4 months.
const maxOpen = 4

// File is a file that is being written.
type File interface {
	io.Writer
	// Finish puts the file with its rows in its place.
	Finish(rows int64) error
	// Abort removes the unfinished file.
	Abort()
}

// Monthly distributes rows to files by their month. A month has several files if
// its rows come between those of many others, or with MaxBytes.
type Monthly struct {
	Create   func(month string) (File, error)
	MaxBytes int64 // of NDJSON in a file at most; 0 for no bound
	Ordered  bool  // the months come in order: one file is open at a time

	open []*monthFile // the least recently used first
}

type monthFile struct {
	month string
	file  File
	rows  *Writer
	bytes int64
}

// Add writes a record, given as its line of NDJSON.
func (m *Monthly) Add(ndjson []byte) error {
	r, err := parseRow(ndjson)
	if err != nil {
		return err
	}
	size := int64(len(ndjson))
	f, err := m.fileOf(r.Month(), size)
	if err != nil {
		return err
	}
	f.bytes += size
	return f.rows.Write(r, len(ndjson))
}

// fileOf returns the file of a month that has room for so many bytes.
func (m *Monthly) fileOf(month string, size int64) (*monthFile, error) {
	last := len(m.open) - 1
	i := slices.IndexFunc(m.open, func(f *monthFile) bool { return f.month == month })
	switch {
	case i >= 0 && m.MaxBytes > 0 && m.open[i].bytes+size > m.MaxBytes:
		if err := m.finish(i); err != nil {
			return nil, err
		}
	case i == last && i >= 0:
		return m.open[i], nil
	case i >= 0:
		f := m.open[i]
		m.open = append(slices.Delete(m.open, i, i+1), f)
		return f, nil
	case len(m.open) == maxOpen || m.Ordered && last == 0:
		if err := m.finish(0); err != nil {
			return nil, err
		}
	}
	for _, f := range m.open { // where months come in order, nothing is added to it
		if err := f.rows.flush(); err != nil {
			return nil, err
		}
	}
	file, err := m.Create(month)
	if err != nil {
		return nil, err
	}
	f := &monthFile{month: month, file: file, rows: newWriter(file)}
	m.open = append(m.open, f)
	return f, nil
}

// finish finishes an open file.
func (m *Monthly) finish(i int) error {
	f := m.open[i]
	m.open = slices.Delete(m.open, i, i+1)
	err := f.rows.Close()
	if err == nil {
		err = f.file.Finish(f.rows.total)
	}
	if err != nil {
		f.file.Abort()
	}
	return err
}

// Finish finishes all files.
func (m *Monthly) Finish() error {
	for len(m.open) > 0 {
		if err := m.finish(0); err != nil {
			m.Abort()
			return err
		}
	}
	return nil
}

// Abort removes unfinished files.
func (m *Monthly) Abort() {
	for _, f := range m.open {
		f.file.Abort()
	}
	m.open = nil
}
