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
	"iter"
	"os"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/ledger"
	"github.com/roamctl/roamctl/internal/roaming"
)

// ManifestName is the manifest's name in an export's folder.
const ManifestName = "manifest.ndjson"

// The versions of the manifest that are read. The last is written: it tells of
// conversations that the service refused.
const (
	firstFormat    = 3
	manifestFormat = 3
)

// Header is the manifest's first line: what is the same for every export into
// the folder.
type Header struct {
	Format   int          `json:"format"`
	AppKey   string       `json:"app_key"`
	Host     string       `json:"host"`
	Template string       `json:"template"`
	Records  Format       `json:"records"`
	Parts    bool         `json:"parts"` // volumes are cut into parts
	Raw      bool         `json:"raw"`
	Since    roaming.Time `json:"since"` // null for no bound
}

// Totals are the manifest's numbers, in its last line.
type Totals struct {
	Users         int   `json:"users"` // that have a conversation
	Conversations int   `json:"conversations"`
	Messages      int   `json:"messages"`
	Unreadable    int   `json:"unreadable"`
	Refused       int   `json:"refused"` // conversations that the service did not hand out, or not whole
	Files         int   `json:"files"`
	Bytes         int64 `json:"bytes"`
}

// conversation counts one, after one of the user before.
func (t *Totals) conversation(c ledger.Conversation, before string) {
	if c.User != before || t.Conversations == 0 {
		t.Users++
	}
	t.Conversations++
	t.Messages += c.Messages
	t.Unreadable += c.Unreadable
	if c.Refused != "" {
		t.Refused++
	}
}

func (t *Totals) file(size int64) {
	t.Files++
	t.Bytes += size
}

// conversationLine is a conversation in the manifest.
type conversationLine struct {
	roaming.Ref

	Volume     string       `json:"volume"` // "" without a record
	Messages   int          `json:"messages"`
	Unreadable int          `json:"unreadable"`
	First      *ledger.Mark `json:"first"` // null without a message that has an ID
	Last       *ledger.Mark `json:"last"`
	Trailing   []string     `json:"trailing,omitempty"` // sums of the records without an ID that follow it

	Highest roaming.MessageID `json:"highest,omitempty"` // of all message IDs, where it is not the last message's
	Refused string            `json:"refused,omitempty"` // why the service did not hand out the rest
}

// kept is the line as the ledger keeps it.
func (c conversationLine) kept() ledger.Conversation {
	k := ledger.Conversation{
		Ref: c.Ref, Volume: c.Volume, Messages: c.Messages, Unreadable: c.Unreadable, First: c.First, Last: c.Last, Trailing: c.Trailing,
		Highest: c.Highest, Refused: c.Refused,
	}
	if k.Highest == 0 && k.Last != nil {
		k.Highest = k.Last.ID
	}
	return k
}

// fileLine is a file in the manifest.
type fileLine struct {
	Path    string `json:"path"`
	Volume  string `json:"volume"`
	Part    int    `json:"part"`
	Bytes   int64  `json:"bytes"`
	Content int64  `json:"content"` // bytes before compression
	SHA256  string `json:"sha256"`
	Records int    `json:"records"`
}

// entry is a line of a manifest: one of its fields is set.
type entry struct {
	Header       *Header           `json:"export,omitempty"`
	Conversation *conversationLine `json:"conversation,omitempty"`
	File         *fileLine         `json:"file,omitempty"`
	Totals       *Totals           `json:"totals,omitempty"`
	Digest       string            `json:"digest,omitempty"` // with Totals: SHA-256 of all lines before
}

// manifestWriter writes the lines of a manifest, a sum over them, and counts.
type manifestWriter struct {
	out    *bufio.Writer
	sum    hash.Hash
	json   *json.Encoder
	totals Totals
	user   string
}

func newManifestWriter(w io.Writer) *manifestWriter {
	m := &manifestWriter{out: bufio.NewWriterSize(w, 64<<10), sum: sha256.New()}
	m.json = json.NewEncoder(io.MultiWriter(m.out, m.sum))
	m.json.SetEscapeHTML(false)
	return m
}

func (m *manifestWriter) conversation(c ledger.Conversation) error {
	m.totals.conversation(c, m.user)
	m.user = c.User
	line := conversationLine{
		Ref: c.Ref, Volume: c.Volume, Messages: c.Messages, Unreadable: c.Unreadable, First: c.First, Last: c.Last, Trailing: c.Trailing, Refused: c.Refused,
	}
	if c.Last != nil && c.Highest != c.Last.ID {
		line.Highest = c.Highest
	}
	if c.Messages+c.Unreadable == 0 {
		line.Volume = ""
	}
	return m.json.Encode(entry{Conversation: &line})
}

func (m *manifestWriter) file(f ledger.File) error {
	m.totals.file(f.Bytes)
	line := fileLine(f)
	return m.json.Encode(entry{File: &line})
}

// end writes the last line and returns its digest.
func (m *manifestWriter) end() (digest string, err error) {
	digest = hex.EncodeToString(m.sum.Sum(nil))
	if err := m.json.Encode(entry{Totals: &m.totals, Digest: digest}); err != nil {
		return "", err
	}
	return digest, m.out.Flush()
}

// entries reads a manifest. A line that is not one, a digest that does not
// match and a missing end are errors that name the line and end the sequence.
func entries(r io.Reader) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		sum := sha256.New()
		ended := false
		number := 0
		var totals Totals
		user := ""
		for line, err := range fsutil.Lines(r) {
			if err != nil {
				yield(entry{}, fault.Wrap(fault.Config, err, "reading the manifest"))
				return
			}
			number = line.Number
			e, err := decodeEntry(line, sum, ended)
			if err != nil {
				yield(entry{}, badManifest(number, err))
				return
			}
			if e.Conversation != nil {
				totals.conversation(e.Conversation.kept(), user)
				user = e.Conversation.User
			}
			if e.File != nil {
				totals.file(e.File.Bytes)
			}
			if e.Totals != nil && *e.Totals != totals {
				yield(entry{}, badManifest(number, errors.New("its totals are not those of the lines above")))
				return
			}
			ended = e.Totals != nil
			if !yield(e, nil) {
				return
			}
		}
		if !ended {
			yield(entry{}, badManifest(number+1, errors.New("its end is missing")))
		}
	}
}

func decodeEntry(line fsutil.Line, sum hash.Hash, ended bool) (e entry, err error) {
	if ended {
		return e, errors.New("it stands after the end")
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
		return e, errors.New("the first line, and no other, says what was exported")
	}
	if e.Header != nil && (e.Header.Format < firstFormat || e.Header.Format > manifestFormat) {
		return e, fmt.Errorf("it is of format %d, and this version reads formats %d to %d", e.Header.Format, firstFormat, manifestFormat)
	}
	if e.Totals != nil && e.Digest != hex.EncodeToString(sum.Sum(nil)) {
		return e, errors.New("the digest does not match: a line above was changed")
	}
	sum.Write(line.Text)
	sum.Write([]byte{'\n'})
	return e, nil
}

func badManifest(line int, err error) error {
	return fault.Wrap(fault.Safety, err, "line %d of %s is damaged", line, ManifestName).
		WithHint("compare with a copy of the export; without its manifest nothing can be added to it")
}

// readManifest reads the manifest of a folder to its end, handing on the lines,
// and returns its digest; "" when there is none.
func readManifest(path string, each func(entry) error) (digest string, err error) {
	f, err := fsutil.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fault.Wrap(fault.Config, err, "reading the manifest")
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
