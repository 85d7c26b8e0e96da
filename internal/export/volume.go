package export

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/ledger"
)

// volume is a file that is being written, or several parts of one. Each is
// written aside, put on disk and renamed.
type volume struct {
	root     string // the export's folder
	path     string // of the volume, below it
	encoder  Encoder
	compress *compressors  // nil for none
	partSize int64         // bytes of content a part holds at most; 0 for one file
	before   []ledger.File // that an earlier export has written

	aside   string // the path of the file at hand, until it is renamed
	file    *os.File
	buffer  *bufio.Writer
	sum     hash.Hash
	frame   *zstd.Encoder // nil where nothing is compressed
	current ledger.File
	files   []ledger.File // that are done
	line    []byte
}

// add writes a record, given as its line.
func (v *volume) add(line []byte) error {
	var err error
	if v.line, err = v.encoder.Record(v.line[:0], line); err != nil {
		return err
	}
	if v.file != nil && v.partSize > 0 && v.current.Records > 0 && v.current.Content+int64(len(v.line)) > v.partSize {
		if err := v.finish(); err != nil {
			return err
		}
	}
	if v.file == nil {
		if err := v.begin(); err != nil {
			return err
		}
	}
	if err := v.write(v.line); err != nil {
		return err
	}
	v.current.Records++
	return nil
}

func (v *volume) write(b []byte) error {
	v.current.Content += int64(len(b))
	var err error
	if v.frame != nil {
		_, err = v.frame.Write(b)
	} else {
		_, err = v.buffer.Write(b)
	}
	return err
}

// begin opens the next file: a new part, or a copy of the one that is there.
func (v *volume) begin() error {
	old := ledger.File{Path: v.path, Volume: v.path}
	if v.partSize > 0 {
		old.Part = len(v.before) + len(v.files) + 1
		old.Path = part(v.path, old.Part)
	} else if len(v.before) > 0 {
		old = v.before[0]
	}
	f, err := os.OpenFile(v.aside, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	v.file, v.current, v.sum = f, old, sha256.New()
	v.buffer = bufio.NewWriterSize(io.MultiWriter(f, v.sum), 64<<10)
	if old.Bytes > 0 {
		if err := v.copyOld(old); err != nil {
			return err
		}
	}
	if v.compress != nil {
		if v.frame, err = v.compress.begin(v.buffer); err != nil {
			return err
		}
	}
	if old.Records > 0 {
		return nil
	}
	header, err := v.encoder.Header()
	if err == nil && len(header) > 0 {
		err = v.write(header)
	}
	return err
}

// copyOld copies what the file had, and checks that it is as it was written. A
// killed process may have renamed the new file already: what it added is left
// out, and comes again.
func (v *volume) copyOld(old ledger.File) error {
	f, err := fsutil.Open(filepath.Join(v.root, filepath.FromSlash(old.Path)))
	if err != nil {
		return changed(old.Path, err)
	}
	defer f.Close()
	n, err := io.Copy(v.buffer, io.LimitReader(f, old.Bytes))
	if err != nil {
		return err
	}
	if err := v.buffer.Flush(); err != nil {
		return err
	}
	if n < old.Bytes || hex.EncodeToString(v.sum.Sum(nil)) != old.SHA256 {
		return changed(old.Path, errors.New("it is not as it was written"))
	}
	return nil
}

func changed(path string, err error) error {
	return fault.Wrap(fault.Safety, err, "%s can't be added to", path).
		WithHint("put the file back, or export into another folder; roamctl export verify shows what was changed")
}

// finish puts the file on disk and gives it its name.
func (v *volume) finish() error {
	if v.file == nil {
		return nil
	}
	if v.frame != nil {
		if err := v.compress.end(v.frame); err != nil {
			return err
		}
		v.frame = nil
	}
	if err := v.buffer.Flush(); err != nil {
		return err
	}
	if err := v.file.Sync(); err != nil {
		return err
	}
	info, err := v.file.Stat()
	if err != nil {
		return err
	}
	if err := v.file.Close(); err != nil {
		return err
	}
	v.file = nil
	path := filepath.Join(v.root, filepath.FromSlash(v.current.Path))
	if err := fsutil.Folder(filepath.Dir(path)); err != nil {
		return err
	}
	if err := os.Rename(v.aside, path); err != nil {
		return err
	}
	if err := fsutil.SyncFolder(filepath.Dir(path)); err != nil {
		return err
	}
	v.current.Bytes, v.current.SHA256 = info.Size(), hex.EncodeToString(v.sum.Sum(nil))
	v.files = append(v.files, v.current)
	return nil
}

// abort removes what there is of a file that can't be finished.
func (v *volume) abort() {
	if v.file != nil {
		_ = v.file.Close() // it goes now anyway
		v.file = nil
	}
	if err := os.Remove(v.aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return // the run that goes on writes over it
	}
}

// checkLine is what a line of a spool must be.
func checkLine(line fsutil.Line) (mark, error) {
	m, err := readMark(line.Text)
	if err == nil && line.Torn() {
		err = errors.New("it was cut off")
	}
	if err != nil {
		return m, fmt.Errorf("line %d of a spool: %w", line.Number, err)
	}
	return m, nil
}
