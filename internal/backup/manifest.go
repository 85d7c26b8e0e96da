package backup

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/roaming"
)

// Format is the version of the format that this package writes and reads.
const Format = 2

// The files of a backup.
const (
	manifestName      = "manifest.json"
	conversationsName = "conversations.ndjson"
	messagesName      = "messages.ndjson.zst"
	attachmentsName   = "attachments.ndjson"
	attachmentsDir    = "attachments"
)

// Scope says which deletion the backup was made for.
type Scope struct {
	Command      string           `json:"command"` // such as "messages delete"
	User         string           `json:"user"`    // whose view was backed up
	Conversation string           `json:"conversation,omitempty"`
	Type         roaming.ChatType `json:"type,omitempty"`
	// IDs are the requested messages; none for all, or for those up to a time.
	IDs []roaming.MessageID `json:"ids,omitempty"`
	// NotVisible are those of IDs that are not in the user's history.
	NotVisible []roaming.MessageID `json:"not_visible,omitempty"`
	Before     roaming.Time        `json:"before"` // up to and including; null for no bound
	RunID      string              `json:"run_id,omitempty"`
	Reason     string              `json:"reason,omitempty"`
	Ticket     string              `json:"ticket,omitempty"`
}

// Manifest says what a backup contains. Its digest covers every byte of the
// manifest and, through the files' SHA-256, every byte of the backup.
type Manifest struct {
	Format        int          `json:"format"`
	Tool          string       `json:"tool"` // name and version of the writer
	AppKey        string       `json:"app_key"`
	Host          string       `json:"host"`
	User          string       `json:"user"`
	Scope         Scope        `json:"query"`
	Created       roaming.Time `json:"created"`
	Conversations int          `json:"conversations"` // lines of conversations.ndjson
	Messages      int          `json:"messages"`      // lines of messages.ndjson.zst
	// First and Last are the oldest and the newest message by time, then by ID;
	// nil in a backup without messages. A missing time comes before all others.
	First *MessageMark `json:"first_message"`
	Last  *MessageMark `json:"last_message"`
	// Attachments is nil if they were not requested.
	Attachments *AttachmentCounts `json:"attachments"`
	Files       []File            `json:"files"`  // all but the manifest, sorted by name
	Digest      string            `json:"digest"` // SHA-256 in hex, see docs/backup-format.md
}

// MessageMark names a message and its time.
type MessageMark struct {
	ID        roaming.MessageID `json:"id"`
	Timestamp roaming.Time      `json:"timestamp"`
}

// AttachmentCounts sums up attachments.ndjson.
type AttachmentCounts struct {
	Saved   int   `json:"saved"`
	Failed  int   `json:"failed"`            // not saved
	Expired int   `json:"expired,omitempty"` // of Failed: the service no longer keeps them
	Bytes   int64 `json:"bytes"`             // of the saved ones
}

func (c *AttachmentCounts) add(a Attachment) {
	if a.Name != "" {
		c.Saved++
		c.Bytes += a.Bytes
		return
	}
	c.Failed++
	if a.Expired {
		c.Expired++
	}
}

// Missing returns the number of unsaved attachments that the service should have.
func (c *AttachmentCounts) Missing() int { return c.Failed - c.Expired }

// String implements fmt.Stringer.
func (c *AttachmentCounts) String() string {
	return fmt.Sprintf("%d saved, %d expired, %d failed", c.Saved, c.Expired, c.Missing())
}

// File is one file of a backup.
type File struct {
	Name   string `json:"name"` // with / for attachments
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // in lower-case hex
}

// count updates the counts and marks by a message.
func (m *Manifest) count(msg roaming.Message) {
	m.Messages++
	mark := MessageMark{ID: msg.ID, Timestamp: roaming.Time{Time: msg.Timestamp.UTC().Truncate(time.Millisecond)}}
	if m.First == nil || compareMarks(mark, *m.First) < 0 {
		m.First = &mark
	}
	if m.Last == nil || compareMarks(mark, *m.Last) > 0 {
		m.Last = &mark
	}
}

func compareMarks(a, b MessageMark) int {
	return cmp.Or(a.Timestamp.Compare(b.Timestamp.Time), cmp.Compare(a.ID, b.ID))
}

// digestEnd ends every manifest, after the digest.
const digestEnd = "\"\n}\n"

// digestDigits is the length of a SHA-256 in hex.
const digestDigits = 2 * sha256.Size

// encode sets the manifest's digest and returns its bytes.
func (m *Manifest) encode() ([]byte, error) {
	m.Digest = strings.Repeat("0", digestDigits)
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(m); err != nil {
		return nil, err
	}
	b := out.Bytes()
	sum := sha256.Sum256(b)
	m.Digest = hex.EncodeToString(sum[:])
	copy(b[len(b)-len(digestEnd)-digestDigits:], m.Digest)
	return b, nil
}
