package export

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/run"
)

// Encoder encodes records in a file's format.
type Encoder interface {
	// Header returns the beginning of every file; nil for none.
	Header() ([]byte, error)
	// Record appends a record, given as its line of NDJSON, to b.
	Record(b, line []byte) ([]byte, error)
}

// ndjson leaves records as they are.
type ndjson struct{}

func (ndjson) Header() ([]byte, error)               { return nil, nil }
func (ndjson) Record(b, line []byte) ([]byte, error) { return append(b, line...), nil }

// outputFile adds records to a file, or to numbered parts of it. Each is
// written to a temporary file, synced and renamed.
type outputFile struct {
	root     string // the export's folder
	path     string // of the file before parts are numbered, below root
	encoder  Encoder
	compress bool
	zstd     *zstd.Encoder // reused, as a new one clears megabytes; nil before its first use
	partSize int64         // bytes of content in a part at most; 0 for no parts
	before   []run.File    // written by earlier exports
	temp     string        // the path of the temporary file

	// check, if not nil, is called with the temporary file before it is put at its path.
	check func(temp string) error

	// allowReplace, if not nil, is called before a file is put at a path. Listed is
	// what earlier exports wrote there, nil for nothing, and sum is the SHA-256 of
	// the new file.
	allowReplace func(listed *run.File, path, sum string) error

	file    *os.File // nil while none is open
	buffer  *bufio.Writer
	sum     hash.Hash
	current run.File
	files   []run.File // finished
	line    []byte
}

// add writes a record, given as its line of NDJSON.
func (o *outputFile) add(line []byte) error {
	var err error
	if o.line, err = o.encoder.Record(o.line[:0], line); err != nil {
		return err
	}
	if o.file != nil && o.partSize > 0 && o.current.Content+int64(len(o.line)) > o.partSize {
		if err := o.finish(); err != nil {
			return err
		}
	}
	if o.file == nil {
		if err := o.open(); err != nil {
			return err
		}
	}
	if err := o.write(o.line); err != nil {
		return err
	}
	o.current.Records++
	return nil
}

func (o *outputFile) write(b []byte) error {
	o.current.Content += int64(len(b))
	var w io.Writer = o.buffer
	if o.compress {
		w = o.zstd
	}
	_, err := w.Write(b)
	return err
}

// open begins the next part, or a copy of the file.
func (o *outputFile) open() (err error) {
	current := run.File{Path: o.path, Volume: o.path}
	if o.partSize > 0 {
		current.Part = len(o.before) + len(o.files) + 1
		current.Path = part(o.path, current.Part)
	} else if len(o.before) > 0 {
		current = o.before[0]
	}
	if err := o.create(current); err != nil {
		return err
	}
	if o.current.Bytes > 0 {
		if err := o.copy(o.current); err != nil {
			return err
		}
	}
	if o.compress && o.zstd == nil {
		// A larger window would take more memory for each open file.
		o.zstd, err = zstd.NewWriter(o.buffer, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20), zstd.WithLowerEncoderMem(true))
		if err != nil {
			return err
		}
	} else if o.compress {
		o.zstd.Reset(o.buffer)
	}
	if o.current.Records > 0 {
		return nil
	}
	header, err := o.encoder.Header()
	if err == nil {
		err = o.write(header)
	}
	return err
}

// create begins the temporary file of a file.
func (o *outputFile) create(file run.File) (err error) {
	o.current = file
	if o.file, err = os.OpenFile(o.temp, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600); err != nil {
		return err
	}
	o.sum = sha256.New()
	o.buffer = bufio.NewWriterSize(io.MultiWriter(o.file, o.sum), 64<<10)
	return nil
}

// copy copies what the manifest says of a file and compares the checksum. A
// killed process may have renamed a longer file: what it added is left out and
// is fetched again.
func (o *outputFile) copy(old run.File) error {
	f, err := fsutil.Open(filepath.Join(o.root, filepath.FromSlash(old.Path)))
	if err != nil {
		return changedError(old.Path, err)
	}
	defer f.Close()
	n, err := io.Copy(o.buffer, io.LimitReader(f, old.Bytes))
	if err == nil {
		err = o.buffer.Flush()
	}
	if err != nil {
		return err
	}
	if n < old.Bytes || hex.EncodeToString(o.sum.Sum(nil)) != old.SHA256 {
		return changedError(old.Path, errors.New("it was changed"))
	}
	return nil
}

func changedError(path string, err error) error {
	return fault.Wrap(fault.Safety, fmt.Errorf("%w; %s", err, restoreHint), "cannot add to %s", path).
		WithHint("roamctl messages export verify lists all damage")
}

// finish puts the file on disk and renames it.
func (o *outputFile) finish() error {
	if o.file == nil {
		return nil
	}
	if o.compress {
		if err := o.zstd.Close(); err != nil { // ends the frame
			return err
		}
	}
	if err := o.buffer.Flush(); err != nil {
		return err
	}
	if err := o.file.Sync(); err != nil {
		return err
	}
	info, err := o.file.Stat()
	if err := errors.Join(err, closeOnce(&o.file)); err != nil {
		return err
	}
	if o.check != nil {
		if err := o.check(o.temp); err != nil {
			return err
		}
	}
	sum := hex.EncodeToString(o.sum.Sum(nil))
	if err := o.checkReplace(sum); err != nil {
		return err
	}
	path := filepath.Join(o.root, filepath.FromSlash(o.current.Path))
	if err := fsutil.Folder(filepath.Dir(path)); err != nil {
		return err
	}
	if err := fsutil.Rename(o.temp, path); err != nil {
		return err
	}
	o.current.Bytes, o.current.SHA256 = info.Size(), sum
	o.files = append(o.files, o.current)
	return nil
}

func (o *outputFile) written() []run.File { return o.files }

func (o *outputFile) checkReplace(sum string) error {
	if o.allowReplace == nil {
		return nil
	}
	var listed *run.File
	if o.partSize == 0 && len(o.before) > 0 {
		listed = &o.before[0]
	}
	return o.allowReplace(listed, o.current.Path, sum)
}

// closeOnce closes a file and sets it to nil. It does nothing if it is nil.
func closeOnce(file **os.File) error {
	if *file == nil {
		return nil
	}
	f := *file
	*file = nil
	return f.Close()
}

// abort removes an unfinished file. A temporary file that can't be removed is
// overwritten when the run is resumed.
func (o *outputFile) abort() { _, _ = closeOnce(&o.file), os.Remove(o.temp) }
