package export

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"path/filepath"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/run"
)

// manifest is what the first and the last line of a manifest say.
type manifest struct {
	header Header
	totals Totals
	digest string
}

// readManifest reads and checks a manifest. If into is not nil, the conversations
// and files are written to it, unless check returns an error for the header.
// Without a manifest the digest is noManifest.
func readManifest(ctx context.Context, path string, check func(Header) error, into *run.DB) (manifest, error) {
	f, err := fsutil.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return manifest{digest: noManifest}, nil
	}
	if err != nil {
		return manifest{}, fault.Wrap(fault.Config, err, "cannot read the manifest")
	}
	defer f.Close()
	m := manifestReader{sum: sha256.New(), into: into}
	for line, err := range fsutil.Lines(f) {
		if err != nil {
			return manifest{}, fault.Wrap(fault.Config, err, "cannot read the manifest")
		}
		m.lines = line.Number
		if err := m.read(line); err != nil {
			return manifest{}, damagedManifest(line.Number, err)
		}
		if line.Number == 1 {
			if err := check(m.header); err != nil {
				return manifest{}, err
			}
		}
		if len(m.conversations)+len(m.files) >= loadBatch {
			if err := m.flush(ctx); err != nil {
				return manifest{}, err
			}
		}
	}
	if m.digest == "" {
		return manifest{}, damagedManifest(m.lines+1, errors.New("the end is missing"))
	}
	return m.manifest, m.flush(ctx)
}

// ReadHeader reads the first line of an export's manifest.
func ReadHeader(dir string) (Header, error) {
	f, err := fsutil.Open(filepath.Join(dir, ManifestName))
	if err != nil {
		return Header{}, fault.Wrap(fault.Config, err, "cannot read the manifest")
	}
	defer f.Close()
	for line, err := range fsutil.Lines(f) {
		var e entry
		if err == nil {
			err = json.Unmarshal(line.Text, &e)
		}
		if err != nil || e.Header == nil {
			return Header{}, damagedManifest(line.Number, cmp.Or(err, errors.New("it is no header")))
		}
		return *e.Header, nil
	}
	return Header{}, damagedManifest(1, errors.New("it is empty"))
}

// loadBatch is how many lines of a manifest are written to a database at once.
const loadBatch = 1000

// manifestReader reads the lines of a manifest.
type manifestReader struct {
	manifest

	sum           hash.Hash
	count         counter
	lines         int
	into          *run.DB
	conversations []run.Conversation // not yet in the database
	files         []run.File         // likewise
}

// read reads a line. An error says what is wrong with it.
func (m *manifestReader) read(line fsutil.Line) error {
	if m.digest != "" {
		return errors.New("it follows the end")
	}
	if line.Torn() {
		return errors.New("it was cut off")
	}
	var e entry
	d := json.NewDecoder(bytes.NewReader(line.Text))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		return err
	}
	if (line.Number == 1) != (e.Header != nil) {
		return errors.New("the first line, and no other, has the options of the export")
	}
	if e.Header != nil {
		if m.header = *e.Header; m.header.Format != manifestFormat {
			return fmt.Errorf("it has format %d, and this version reads format %d", m.header.Format, manifestFormat)
		}
	}
	if c := e.Conversation; c != nil {
		if c.Highest == 0 && c.Last != nil {
			c.Highest = c.Last.ID
		}
		m.count.conversation(*c)
		m.conversations = append(m.conversations, *c)
	}
	if e.File != nil {
		m.count.file(*e.File)
		m.files = append(m.files, *e.File)
	}
	if e.Totals != nil {
		if m.totals, m.digest = *e.Totals, hex.EncodeToString(m.sum.Sum(nil)); m.digest != e.Digest {
			return errors.New("the digest does not match: a line above was changed")
		}
		if m.totals != m.count.totals {
			return errors.New("its totals are not those of the lines above")
		}
	}
	m.sum.Write(line.Text)
	m.sum.Write([]byte{'\n'})
	return nil
}

// flush writes lines to the database.
func (m *manifestReader) flush(ctx context.Context) (err error) {
	if m.into != nil {
		err = m.into.Load(ctx, m.files, m.conversations)
	}
	m.files, m.conversations = m.files[:0], m.conversations[:0]
	return err
}

func damagedManifest(line int, err error) error {
	return fault.Wrap(fault.Safety, err, "line %d of %s is damaged", line, ManifestName).
		WithHint("compare with a copy of the export; nothing can be added to it without its manifest")
}
