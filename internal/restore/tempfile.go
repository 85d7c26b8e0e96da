package restore

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// tempFile stores a backup's messages for random access. A backup can only be
// read from its start, which is the newest message.
type tempFile struct {
	file *os.File
	end  int64
}

// place is the place of a message in a tempFile.
type place struct {
	offset int64
	size   int
}

// newTempFile creates a file in a locked folder, and truncates the leftover of
// a killed process.
func newTempFile(dir string) (*tempFile, error) {
	f, err := os.OpenFile(filepath.Join(dir, "messages.tmp"), os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return nil, unwritable(err)
	}
	return &tempFile{file: f}, nil
}

func (t *tempFile) add(m roaming.Message) (place, error) {
	b, err := json.Marshal(m)
	if err != nil {
		return place{}, fault.Wrap(fault.Bug, err, "message %s", m.ID)
	}
	if _, err := t.file.WriteAt(b, t.end); err != nil {
		return place{}, unwritable(err)
	}
	p := place{t.end, len(b)}
	t.end += int64(len(b))
	return p, nil
}

func (t *tempFile) get(p place) (m roaming.Message, err error) {
	b := make([]byte, p.size)
	_, err = t.file.ReadAt(b, p.offset)
	if err == nil {
		d := json.NewDecoder(bytes.NewReader(b))
		d.UseNumber()
		err = d.Decode(&m)
	}
	if err != nil {
		return m, fault.Wrap(fault.Config, err, "reading a message again")
	}
	return m, nil
}

func (t *tempFile) remove() error {
	return errors.Join(t.file.Close(), os.Remove(t.file.Name()))
}
