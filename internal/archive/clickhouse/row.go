package clickhouse

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/content"
	"github.com/roamctl/roamctl/internal/roaming"
)

// lightColumns are what an import needs of the messages that the archive has.
// storedColumns are those of an archive.Stored, allColumns those of a whole row.
const (
	lightColumns  = "key, position, version, added, aliases, sources, raw_sources, raw_forms, revision_forms"
	storedColumns = "key, position, added, aliases, time, raw_time, chat_type, a, b, sender, recipient, kind, text, body, ext, sources, revision_forms"
	rawColumns    = storedColumns + ", raw_sources, raws"
	allColumns    = rawColumns + ", version, plain, raw_forms, revision_runs, revisions, file_urls, file_secrets, file_deadlines, file_states, " +
		"file_sums, file_sizes, file_reasons, tokens, sum"
)

// messageRow is a row of messages. Texts are written by column, bytes in base64.
type messageRow struct {
	Key           string         `json:"key"`
	Position      int64          `json:"position"`
	Version       int64          `json:"version"`
	Added         int64          `json:"added"`
	Aliases       []string       `json:"aliases"`
	Time          int64          `json:"time"`
	RawTime       string         `json:"raw_time"`
	ChatType      string         `json:"chat_type"`
	A             string         `json:"a"`
	B             string         `json:"b"`
	Sender        string         `json:"sender"`
	Recipient     string         `json:"recipient"`
	Plain         int            `json:"plain"`
	Kind          string         `json:"kind"`
	Text          string         `json:"text"`
	Body          string         `json:"body"`
	Ext           string         `json:"ext"`
	Sources       archive.Source `json:"sources"`
	RawSources    []int          `json:"raw_sources"`
	RawForms      []string       `json:"raw_forms"`
	Raws          []string       `json:"raws"`
	RevisionRuns  []string       `json:"revision_runs"`
	RevisionForms []string       `json:"revision_forms"`
	Revisions     []string       `json:"revisions"`
	FileURLs      []string       `json:"file_urls"`
	FileSecrets   []string       `json:"file_secrets"`
	FileDeadlines []int64        `json:"file_deadlines"`
	FileStates    []string       `json:"file_states"`
	FileSums      []string       `json:"file_sums"`
	FileSizes     []int64        `json:"file_sizes"`
	FileReasons   []string       `json:"file_reasons"`
	Tokens        []string       `json:"tokens"`
	Sum           string         `json:"sum"`
}

// newRow is the row of a message that the archive does not have.
func newRow(p *prepared, batch int64) *messageRow {
	r := &messageRow{
		Key: keyColumn(p.msg.Key), Position: p.position, Added: batch, Aliases: []string{}, Time: p.ms, RawTime: p.msg.RawTime,
		RawSources: []int{}, RawForms: []string{}, Raws: []string{}, RevisionRuns: []string{}, RevisionForms: []string{}, Revisions: []string{},
		FileURLs: []string{}, FileSecrets: []string{}, FileDeadlines: []int64{}, FileStates: []string{}, FileSums: []string{}, FileSizes: []int64{},
		FileReasons: []string{},
	}
	c := p.msg.Conversation
	r.ChatType, r.A, r.B = column(string(c.Type)), column(c.A), column(c.B)
	r.say(p.msg, p.body, p.ext)
	return r
}

// say gives the row what a message says: all that another form of it can change.
func (r *messageRow) say(m *archive.Message, body, ext []byte) {
	r.Sender, r.Recipient, r.Kind, r.Text = column(m.From), column(m.To), column(string(m.Kind)), column(m.Text)
	r.Body, r.Ext = column(string(body)), column(string(ext))
	r.Plain = 1
	for _, id := range []string{m.From, m.To, m.Conversation.A, m.Conversation.B} {
		if strings.ToLower(id) != id {
			r.Plain = 0
		}
	}
	r.Tokens = tokensOf(m)
	r.Sum = hex.EncodeToString(content.Sum(m, body, ext))
	for _, f := range content.Attachments(m) {
		r.addFile(f)
	}
}

func tokensOf(m *archive.Message) []string { return strings.Fields(content.Words(m)) }

func (r *messageRow) addFile(f archive.Attachment) {
	for _, url := range r.FileURLs {
		if url == column(f.URL) {
			return
		}
	}
	r.FileURLs, r.FileSecrets = append(r.FileURLs, column(f.URL)), append(r.FileSecrets, column(f.Secret))
	r.FileDeadlines, r.FileStates = append(r.FileDeadlines, content.Millis(f.Deadline)), append(r.FileStates, string(f.State))
	r.FileSums, r.FileSizes, r.FileReasons = append(r.FileSums, f.SHA256), append(r.FileSizes, f.Size), append(r.FileReasons, column(f.Reason))
}

// setRaw sets the bytes and the form that a source gave.
func (r *messageRow) setRaw(source archive.Source, form archive.Digest, packed []byte) {
	raw, digest := base64.StdEncoding.EncodeToString(packed), digestColumn(form)
	r.Sources |= source
	if n := r.rawOf(source); n >= 0 {
		r.RawForms[n], r.Raws[n] = digest, raw
		return
	}
	r.RawSources, r.RawForms, r.Raws = append(r.RawSources, int(source)), append(r.RawForms, digest), append(r.Raws, raw)
}

// rawOf is the index of a source's bytes, or -1.
func (r *messageRow) rawOf(source archive.Source) int {
	for n, s := range r.RawSources {
		if s == int(source) {
			return n
		}
	}
	return -1
}

// firstRaw is the index of the bytes of the first source.
func (r *messageRow) firstRaw() int {
	first := 0
	for n, s := range r.RawSources {
		if s < r.RawSources[first] {
			first = n
		}
	}
	return first
}

// unpackRaw gives a message the bytes at an index.
func (r *messageRow) unpackRaw(codec content.Codec, n int, m *archive.Message) (err error) {
	m.Source = archive.Source(r.RawSources[n]) //nolint:gosec // a UInt8
	m.Raw, err = unpack(codec, r.Raws[n])
	return err
}

func unpack(codec content.Codec, s string) ([]byte, error) {
	packed, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return nil, err
	}
	return codec.Unpack(packed)
}

// stored is the message of a row.
func (r *messageRow) stored() (archive.Stored, error) {
	m := archive.Stored{
		Message: archive.Message{
			Key: keyOf(r.Key), Time: roaming.Millis(r.Time), RawTime: r.RawTime, Conversation: r.conversation(),
			From: uncolumn(r.Sender), To: uncolumn(r.Recipient), Kind: roaming.Kind(uncolumn(r.Kind)), Text: uncolumn(r.Text),
		},
		Keys: []archive.Key{keyOf(r.Key)}, Sources: r.Sources, Revisions: len(r.RevisionForms),
		Position: r.Position, Added: r.Added,
	}
	for _, alias := range r.Aliases {
		m.Keys = append(m.Keys, keyOf(alias))
	}
	body, ext := r.written()
	var err error
	if m.Body, err = content.Parse(body, m.Text); err != nil {
		return m, err
	}
	m.Ext, err = content.Parse(ext, "")
	return m, err
}

// written are the body and the extension as package content wrote them.
func (r *messageRow) written() (body, ext []byte) {
	if r.Body != "" {
		body = []byte(uncolumn(r.Body))
	}
	if r.Ext != "" {
		ext = []byte(uncolumn(r.Ext))
	}
	return body, ext
}

func (r *messageRow) conversation() archive.Conversation {
	return archive.Conversation{Type: roaming.ChatType(uncolumn(r.ChatType)), A: uncolumn(r.A), B: uncolumn(r.B)}
}

// revision is the earlier form at an index.
func (r *messageRow) revision(codec content.Codec, n int) (archive.Revision, error) {
	v := archive.Revision{Run: uncolumn(r.RevisionRuns[n])}
	written, err := unpack(codec, r.Revisions[n])
	if err != nil {
		return v, err
	}
	dec := json.NewDecoder(bytes.NewReader(written))
	dec.UseNumber()
	return v, dec.Decode(&v.Message)
}

// notText marks a column whose bytes are no UTF-8, which JSON can't carry.
const notText = "\x00base64:"

// column is a text as a column has it.
func column(s string) string {
	if utf8.ValidString(s) && !strings.HasPrefix(s, notText) {
		return s
	}
	return notText + base64.StdEncoding.EncodeToString([]byte(s))
}

// uncolumn is the reverse of column.
func uncolumn(s string) string {
	encoded, ok := strings.CutPrefix(s, notText)
	if !ok {
		return s
	}
	b, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return s
	}
	return string(b)
}

// keyColumn is a key as a column has it: its form, and then its ID or, without
// one, the digest in hex.
func keyColumn(k archive.Key) string {
	if k == "" {
		return ""
	}
	if k.Form() == archive.NoID {
		return string(archive.NoID) + hex.EncodeToString([]byte(k[1:]))
	}
	return string(rune(k.Form())) + column(k.ID())
}

// keyOf is the reverse of keyColumn.
func keyOf(s string) archive.Key {
	if s == "" {
		return ""
	}
	rest := uncolumn(s[1:])
	switch archive.IDForm(s[0]) {
	case archive.NoID:
		digest, _ := hex.DecodeString(rest)
		return archive.Key(string(archive.NoID) + string(digest))
	case archive.Numeric:
		return archive.IDKey(rest)
	default:
		return archive.Key(string(archive.Opaque) + rest)
	}
}

func digestColumn(d archive.Digest) string { return base64.RawStdEncoding.EncodeToString(d[:]) }
