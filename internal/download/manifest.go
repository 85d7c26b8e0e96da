package download

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
)

const (
	manifestFormat = 1
	maxLine        = 1 << 20 // of a manifest
)

// line is a line of a manifest or journal: the first has the header, all others an
// attachment.
type line struct {
	Header *Header `json:"attachments,omitempty"`
	Entry  *Entry  `json:"attachment,omitempty"`
}

// load reads the manifest, and the journal of an interrupted run, which is newer.
func (f *Folder) load() error {
	for _, file := range []struct {
		path    string
		journal bool
	}{{f.path(manifestName), false}, {filepath.Join(f.work(), journalName), true}} {
		if err := f.read(file.path, file.journal); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	for _, e := range f.entries {
		if e.File == "" {
			continue
		}
		if f.digests[e.SHA256] == e.File || f.hasDigest(e) { // several entries can have one file
			f.digests[e.SHA256] = e.File
			continue
		}
		e.State, e.File, e.Reason = Pending, "", "its file is missing or was changed"
	}
	return nil
}

// read reads a manifest or journal. The last line of a journal may be incomplete. An
// entry of it counts only if its file has the digest.
func (f *Folder) read(path string, journal bool) error {
	in, err := fsutil.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	for l, err := range fsutil.LinesUpTo(in, maxLine) {
		if err != nil {
			return f.damaged(path, l.Number, err)
		}
		if l.Torn() && journal {
			return nil
		}
		var got line
		if err := json.Unmarshal(l.Text, &got); err != nil || (got.Header != nil) != (l.Number == 1) || (got.Entry != nil) == (l.Number == 1) {
			return f.damaged(path, l.Number, cmp.Or(err, errors.New("it is no line of attachments")))
		}
		if got.Header != nil {
			if err := f.checkHeader(*got.Header); err != nil {
				return err
			}
			continue
		}
		e := got.Entry
		if journal && e.File != "" && !f.hasDigest(e) {
			continue
		}
		f.supersede(f.entries[e.key()], e)
		f.entries[e.key()] = e
	}
	return nil
}

// checkHeader refuses a folder of another user or app.
func (f *Folder) checkHeader(h Header) error {
	switch {
	case h.Format != manifestFormat:
		return fault.New(fault.Safety, "%s has format %d, and this version reads format %d", f.path(manifestName), h.Format, manifestFormat)
	case h.User != f.header.User || h.AppKey != "" && f.header.AppKey != "" && h.AppKey != f.header.AppKey:
		return fault.New(fault.Safety, "%s has attachments of user %s of %s", f.dir, h.User, cmp.Or(h.AppKey, "an unknown app")).
			WithHint("use another folder for each user: --out DIR")
	}
	f.header.AppKey = cmp.Or(h.AppKey, f.header.AppKey)
	return nil
}

func (f *Folder) damaged(path string, number int, err error) error {
	return fault.Wrap(fault.Safety, err, "line %d of %s is damaged", number, path).WithHint("restore it from a copy, or use another folder: --out DIR")
}

// hasDigest reports whether the file of an entry is in the folder with its content.
func (f *Folder) hasDigest(e *Entry) bool {
	if !f.intact(e) {
		return false
	}
	sum, err := digestOf(f.path(e.File), io.Discard)
	return err == nil && sum == e.SHA256
}

// digestOf returns a file's SHA-256, and copies the file to w.
func digestOf(path string, w io.Writer) (string, error) {
	in, err := fsutil.Open(path)
	if err != nil {
		return "", err
	}
	defer in.Close()
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(sum, w), in); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// openJournal begins the journal with what an interrupted run left.
func (f *Folder) openJournal() error {
	path := filepath.Join(f.work(), journalName)
	err := f.write(path)
	if err == nil {
		f.journal, err = os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	}
	if err != nil {
		return errors.Join(f.fault(err), f.unlock())
	}
	return nil
}

// note adds an entry to the journal.
func (f *Folder) note(e *Entry) error {
	b, err := json.Marshal(line{Entry: e})
	if err == nil {
		_, err = f.journal.Write(append(b, '\n'))
	}
	if err == nil {
		err = f.journal.Sync()
	}
	if err == nil {
		f.entries[e.key()] = e
	}
	return err
}

// write writes the lines of all entries, by time.
func (f *Folder) write(path string) error {
	var out bytes.Buffer
	lines := json.NewEncoder(&out)
	lines.SetEscapeHTML(false)
	f.header.Format = manifestFormat
	if err := lines.Encode(line{Header: &f.header}); err != nil {
		return err
	}
	all := slices.SortedFunc(maps.Values(f.entries), func(a, b *Entry) int {
		return cmp.Or(a.Timestamp.Compare(b.Timestamp.Time), cmp.Compare(fmt.Sprint(a.key()), fmt.Sprint(b.key())))
	})
	for _, e := range all {
		if err := lines.Encode(line{Entry: e}); err != nil {
			return err
		}
	}
	return fsutil.Replace(path, out.Bytes())
}
