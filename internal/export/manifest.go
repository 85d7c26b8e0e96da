package export

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"

	"github.com/roamctl/roamctl/internal/redact"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
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

	Redacted *redact.Header `json:"redacted,omitempty"` // nil for the messages as they are
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

func (t *counter) conversation(c run.Conversation) {
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

func (t *counter) file(f run.File) {
	t.totals.Files++
	t.totals.Bytes += f.Bytes
}

// entry is a line of a manifest, with one field set. The volume of a conversation
// is "" without records. Its highest ID is 0 if the last message has it.
type entry struct {
	Header       *Header           `json:"export,omitempty"`
	Conversation *run.Conversation `json:"conversation,omitempty"`
	File         *run.File         `json:"file,omitempty"`
	Totals       *Totals           `json:"totals,omitempty"`
	Digest       string            `json:"digest,omitempty"` // with Totals: SHA-256 of all lines before
}

// writeManifest writes the manifest of the conversations and files in a database.
func writeManifest(ctx context.Context, w io.Writer, header Header, from *run.DB) (totals Totals, digest string, err error) {
	out, sum := bufio.NewWriterSize(w, 64<<10), sha256.New()
	e := json.NewEncoder(io.MultiWriter(out, sum))
	e.SetEscapeHTML(false)
	if err := e.Encode(entry{Header: &header}); err != nil {
		return totals, "", err
	}
	var count counter
	for c, err := range from.Conversations(ctx, "") {
		if err != nil {
			return totals, "", err
		}
		count.conversation(c)
		if c.Last != nil && c.Highest == c.Last.ID {
			c.Highest = 0
		}
		if c.Messages+c.Unreadable == 0 {
			c.Volume = ""
		}
		if err := e.Encode(entry{Conversation: &c}); err != nil {
			return totals, "", err
		}
	}
	for f, err := range from.Files(ctx, "") {
		if err != nil {
			return totals, "", err
		}
		count.file(f)
		if err := e.Encode(entry{File: &f}); err != nil {
			return totals, "", err
		}
	}
	digest = hex.EncodeToString(sum.Sum(nil))
	if err := e.Encode(entry{Totals: &count.totals, Digest: digest}); err != nil {
		return totals, "", err
	}
	return count.totals, digest, out.Flush()
}
