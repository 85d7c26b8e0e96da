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

// spool keeps a backup's messages on disk while they are put in order: a
// backup can only be read from its beginning, which is the newest message.
type spool struct {
	file *os.File
	end  int64
}

// place is where a message is in a spool.
type place struct {
	offset int64
	size   int
}

// newSpool makes a spool in a folder that is nobody else's. What a killed one
// left there goes.
func newSpool(dir string) (*spool, error) {
	f, err := os.OpenFile(filepath.Join(dir, "spool.tmp"), os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return nil, unwritable(err)
	}
	return &spool{file: f}, nil
}

func (s *spool) add(m roaming.Message) (place, error) {
	b, err := json.Marshal(m)
	if err != nil {
		return place{}, fault.Wrap(fault.Bug, err, "message %s", m.ID)
	}
	if _, err := s.file.WriteAt(b, s.end); err != nil {
		return place{}, unwritable(err)
	}
	p := place{s.end, len(b)}
	s.end += int64(len(b))
	return p, nil
}

func (s *spool) get(p place) (roaming.Message, error) {
	b := make([]byte, p.size)
	var m roaming.Message
	_, err := s.file.ReadAt(b, p.offset)
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

func (s *spool) remove() error {
	return errors.Join(s.file.Close(), os.Remove(s.file.Name()))
}
