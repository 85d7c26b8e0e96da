package export

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"

	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
)

// tempDir is the folder of the run's temporary files. Another run has another:
// a run that lost its lock cannot write.
func (x *Exporter) tempDir() string { return filepath.Join(x.work(), tempFolder, x.runID) }

func (x *Exporter) tempPath(name string) string { return filepath.Join(x.tempDir(), name+".ndjson") }

// tempName names the temporary file for what follows so many records of a
// conversation. A process that is killed before it removes a file that was added
// to the output leaves it under a name that is never used again.
func tempName(ref roaming.Ref, records int) string {
	const digits = 32
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s\x00%d", ref.User, ref.Type, ref.Conversation, records))
	return hex.EncodeToString(sum[:])[:digits]
}

// open opens or creates the temporary file and resumes after its last message
// with an ID. It truncates what follows that: a torn line, or records without
// an ID, which are fetched again.
func (c *conversation) open() error {
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
		r, err := parseRecord(line)
		if err != nil {
			break
		}
		if r.ID != 0 {
			c.advance(r.ID)
			end = line.End()
		}
	}
	err = f.Truncate(end)
	if err == nil {
		_, err = f.Seek(end, io.SeekStart)
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	c.file, c.added = f, false
	if last := cmp.Or(c.last, c.start); last != 0 {
		c.cursor, c.resumed = roaming.Cursor(last.String()), true
	}
	return nil
}

// finish closes the temporary file. One that has to survive a power failure is
// on disk then.
func (c *conversation) finish() error {
	if !c.durable {
		return c.close()
	}
	err := c.file.Sync()
	return errors.Join(err, c.close(), fsutil.SyncFolder(filepath.Dir(c.path)))
}

// close closes the temporary file, once.
func (c *conversation) close() error {
	if c.file == nil {
		return nil
	}
	f := c.file
	c.file = nil
	return f.Close()
}
