package export

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/roamctl/roamctl/internal/durable"
	"github.com/roamctl/roamctl/internal/roaming"
)

// segment is a stretch of time of a conversation, fetched into a file of its
// own. The file is the record of how far it is.
type segment struct {
	path  string
	since int64 // Unix ms; 0 for the beginning
	until int64 // Unix ms, included; 0 for the end

	file  *os.File
	last  roaming.MessageID // the last message in the file; 0 for none
	at    int64             // its time
	pages int               // that this process has fetched
	begun int64             // the time at which it began to; 0 before the first message

	doubted bool // a page behind doubts was asked for again
	doubts  roaming.MessageID
	loose   bool // items that can't be read were written behind the last message
}

// doubt tells whether a page with items that can't be read is to be asked for
// again: they may have been spoilt on their way. It is so once a page, and not
// where the page can't be asked for without what came before it.
func (s *segment) doubt() bool {
	if s.loose || s.doubted && s.doubts == s.last {
		return false
	}
	s.doubted, s.doubts = true, s.last
	return true
}

// spoolName is the name of the spool, a folder of segments, of what comes
// behind so many records of a conversation. A process that is killed after a
// spool was written into its file, and before it was removed, leaves one behind
// that nobody takes for new.
func spoolName(ref roaming.Ref, records int) string {
	const digits = 32
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s\x00%d", ref.Owner, ref.Type, ref.Conversation, records))
	return hex.EncodeToString(sum[:])[:digits]
}

func segmentPath(spool string, since int64) string {
	return filepath.Join(spool, strconv.FormatInt(since, 10))
}

// findSegments are a spool's segments by time, as an earlier process left them.
// The first is always made before the others.
func findSegments(spool string) ([]*segment, error) {
	entries, err := os.ReadDir(spool)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var all []*segment
	for _, e := range entries {
		since, err := strconv.ParseInt(e.Name(), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s is no spool: %w", filepath.Join(spool, e.Name()), err)
		}
		all = append(all, &segment{path: segmentPath(spool, since), since: since})
	}
	slices.SortFunc(all, func(a, b *segment) int { return int(a.since - b.since) })
	for i := range all[:max(0, len(all)-1)] {
		all[i].until = all[i+1].since - 1
	}
	return all, nil
}

// open opens the file, which is made when it is not there, and finds where it
// goes on: behind its last message. What stands after that was cut off, or is
// an item that could not be read, which will come again.
func (s *segment) open() error {
	// Above it is the run's own folder, which is there as long as the run is.
	if err := os.Mkdir(filepath.Dir(s.path), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	f, err := os.OpenFile(s.path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	end := int64(0)
	for line, err := range durable.Lines(f) {
		if err != nil {
			return errors.Join(err, f.Close())
		}
		m, err := readMark(line.Text)
		if line.Torn() || err != nil {
			break
		}
		if m.ID != 0 {
			s.last, s.at, end = m.ID, m.Timestamp.UnixMilli(), line.End()
		}
	}
	if err := f.Truncate(end); err != nil {
		return errors.Join(err, f.Close())
	}
	if _, err := f.Seek(end, 0); err != nil {
		return errors.Join(err, f.Close())
	}
	s.file, s.begun = f, s.at
	return nil
}

// backToLast takes what was written behind the last message out again: it will
// come once more.
func (s *segment) backToLast() error {
	if !s.loose {
		return nil
	}
	s.loose = false
	if err := s.file.Close(); err != nil {
		return err
	}
	return s.open()
}

// finish closes the file.
func (s *segment) finish(sync bool) error {
	if s.file == nil {
		return nil
	}
	var err error
	if sync {
		err = s.file.Sync()
	}
	err = errors.Join(err, s.file.Close())
	s.file = nil
	return err
}
