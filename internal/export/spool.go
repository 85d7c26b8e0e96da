package export

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"

	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
)

// spoolName is the name of the spool of what follows so many records of a
// conversation. A process that is killed after a spool was written into its
// volume, and before it was removed, leaves one behind that nobody takes for new.
func spoolName(ref roaming.Ref, records int) string {
	const digits = 32
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s\x00%d", ref.User, ref.Type, ref.Conversation, records))
	return hex.EncodeToString(sum[:])[:digits]
}

func (x *Exporter) spoolPath(name string) string { return filepath.Join(x.spools(), name+".ndjson") }

// open opens the spool, which it creates where there is none, and resumes after
// its last message with an ID. It cuts off what follows that: a torn line, or
// records without an ID, which come again.
func (c *conversation) open() error {
	writer, err := newScribe(c.ref)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(c.path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	c.tail = maps.Clone(c.trailing)
	end := int64(0)
	for line, err := range fsutil.Lines(f) {
		if err != nil {
			return errors.Join(err, f.Close())
		}
		m, err := readMark(line.Text)
		if line.Torn() || err != nil {
			break
		}
		if m.ID != 0 {
			c.pass(m.ID)
			end = line.End()
		}
	}
	if err := f.Truncate(end); err != nil {
		return errors.Join(err, f.Close())
	}
	if _, err := f.Seek(end, 0); err != nil {
		return errors.Join(err, f.Close())
	}
	c.writer, c.file, c.added = writer, f, false
	if from := cmp.Or(c.last, c.start); from != 0 {
		c.cursor, c.resumed = roaming.Cursor(from.String()), true
	}
	return nil
}

// finish closes the spool. One that has to be durable is on disk then.
func (c *conversation) finish() error {
	if !c.durable {
		return c.close()
	}
	err := c.file.Sync()
	return errors.Join(err, c.close(), fsutil.SyncFolder(filepath.Dir(c.path)))
}

// close closes the file of a conversation, also of one that failed: what is whole
// in it is read again.
func (c *conversation) close() error {
	if c.file == nil {
		return nil
	}
	err := c.file.Close()
	c.file = nil
	return err
}
