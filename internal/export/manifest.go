package export

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"iter"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/ledger"
	"github.com/roamctl/roamctl/internal/roaming"
)

// ManifestName is the manifest's name in an export's folder.
const ManifestName = "manifest.ndjson"

const (
	manifestFormat = 3
	noManifest     = "none" // in place of a digest
)

// Header is the manifest's first line: what is the same for every export to the
// folder.
type Header struct {
	Format   int          `json:"format"`
	AppKey   string       `json:"app_key"`
	Host     string       `json:"host"`
	Template string       `json:"template"`
	Records  Format       `json:"records"`
	Parts    bool         `json:"parts"` // files are cut into parts
	Raw      bool         `json:"raw"`
	Since    roaming.Time `json:"since"` // null for no bound
}

// Totals are the manifest's numbers, in its last line.
type Totals struct {
	Users         int   `json:"users"` // with a conversation
	Conversations int   `json:"conversations"`
	Messages      int   `json:"messages"`
	Unreadable    int   `json:"unreadable"`
	Refused       int   `json:"refused"` // conversations that the service refused, or the rest of them
	Files         int   `json:"files"`
	Bytes         int64 `json:"bytes"`
}

// counter counts the lines of a manifest.
type counter struct {
	totals Totals
	user   string // of the last conversation
}

func (t *counter) conversation(c ledger.Conversation) {
	if c.User != t.user || t.totals.Conversations == 0 {
		t.totals.Users++
	}
	t.user = c.User
	t.totals.Conversations++
	t.totals.Messages += c.Messages
	t.totals.Unreadable += c.Unreadable
	if c.Refused != "" {
		t.totals.Refused++
	}
}

func (t *counter) file(f ledger.File) {
	t.totals.Files++
	t.totals.Bytes += f.Bytes
}

// entry is a line of a manifest, with one field set. Of a conversation the volume
// is "" without records, and the highest ID 0 if the last message has it.
type entry struct {
	Header       *Header              `json:"export,omitempty"`
	Conversation *ledger.Conversation `json:"conversation,omitempty"`
	File         *ledger.File         `json:"file,omitempty"`
	Totals       *Totals              `json:"totals,omitempty"`
	Digest       string               `json:"digest,omitempty"` // with Totals: SHA-256 of all lines before
}

// manifestWriter writes, hashes and counts the lines of a manifest.
type manifestWriter struct {
	counter

	out  *bufio.Writer
	sum  hash.Hash
	json *json.Encoder
}

func newManifestWriter(w io.Writer) *manifestWriter {
	m := &manifestWriter{out: bufio.NewWriterSize(w, 64<<10), sum: sha256.New()}
	m.json = json.NewEncoder(io.MultiWriter(m.out, m.sum))
	m.json.SetEscapeHTML(false)
	return m
}

func (m *manifestWriter) conversation(c ledger.Conversation) error {
	m.counter.conversation(c)
	if c.Last != nil && c.Highest == c.Last.ID {
		c.Highest = 0
	}
	if c.Messages+c.Unreadable == 0 {
		c.Volume = ""
	}
	return m.json.Encode(entry{Conversation: &c})
}

func (m *manifestWriter) file(f ledger.File) error {
	m.counter.file(f)
	return m.json.Encode(entry{File: &f})
}

// end writes the last line and returns its digest.
func (m *manifestWriter) end() (digest string, err error) {
	digest = hex.EncodeToString(m.sum.Sum(nil))
	if err := m.json.Encode(entry{Totals: &m.totals, Digest: digest}); err != nil {
		return "", err
	}
	return digest, m.out.Flush()
}

// entries yields the lines of a manifest. An invalid line, a wrong digest and a
// missing end are errors that name the line and end the sequence.
func entries(r io.Reader) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		sum := sha256.New()
		ended := false
		number := 0
		var count counter
		for line, err := range fsutil.Lines(r) {
			if err != nil {
				yield(entry{}, fault.Wrap(fault.Config, err, "cannot read the manifest"))
				return
			}
			number = line.Number
			e, err := decodeEntry(line, sum, ended)
			if err == nil && e.Conversation != nil {
				count.conversation(*e.Conversation)
			}
			if err == nil && e.File != nil {
				count.file(*e.File)
			}
			if err == nil && e.Totals != nil && *e.Totals != count.totals {
				err = errors.New("its totals are not those of the lines above")
			}
			if err != nil {
				yield(entry{}, damagedManifest(number, err))
				return
			}
			ended = e.Totals != nil
			if !yield(e, nil) {
				return
			}
		}
		if !ended {
			yield(entry{}, damagedManifest(number+1, errors.New("the end is missing")))
		}
	}
}

func decodeEntry(line fsutil.Line, sum hash.Hash, ended bool) (e entry, err error) {
	if ended {
		return e, errors.New("it follows the end")
	}
	if line.Torn() {
		return e, errors.New("it was cut off")
	}
	d := json.NewDecoder(bytes.NewReader(line.Text))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		return e, err
	}
	if (line.Number == 1) != (e.Header != nil) {
		return e, errors.New("the first line, and no other, has the options of the export")
	}
	if e.Header != nil && e.Header.Format != manifestFormat {
		return e, fmt.Errorf("it has format %d, and this version reads format %d", e.Header.Format, manifestFormat)
	}
	if e.Totals != nil && e.Digest != hex.EncodeToString(sum.Sum(nil)) {
		return e, errors.New("the digest does not match: a line above was changed")
	}
	if c := e.Conversation; c != nil && c.Highest == 0 && c.Last != nil {
		c.Highest = c.Last.ID
	}
	sum.Write(line.Text)
	sum.Write([]byte{'\n'})
	return e, nil
}

func damagedManifest(line int, err error) error {
	return fault.Wrap(fault.Safety, err, "line %d of %s is damaged", line, ManifestName).
		WithHint("compare with a copy of the export; nothing can be added to it without its manifest")
}

// readManifest calls each with every line of a manifest and returns its digest,
// or noManifest.
func readManifest(path string, each func(entry) error) (digest string, err error) {
	f, err := fsutil.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return noManifest, nil
	}
	if err != nil {
		return "", fault.Wrap(fault.Config, err, "cannot read the manifest")
	}
	defer f.Close()
	for e, err := range entries(f) {
		if err == nil {
			err = each(e)
		}
		if err != nil {
			return "", err
		}
		digest = e.Digest
	}
	return digest, nil
}
