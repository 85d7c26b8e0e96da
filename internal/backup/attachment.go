package backup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"time"

	"github.com/roamctl/roamctl/internal/attachments"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Fetcher downloads attachments. The url is what a message's sender wrote.
// secret goes into the share-secret header unless it is "" (docs/contract.md, section 6).
// An attachment that the server does not have is an fs.ErrNotExist. Fetch must
// be safe for concurrent use.
type Fetcher interface {
	Fetch(ctx context.Context, url, secret string, w io.Writer) error
}

// The parts of a message that can be downloaded.
const (
	partFile  = "file"
	partThumb = "thumb"
)

// Attachment is a line of attachments.ndjson: one attachment and whether it was saved.
type Attachment struct {
	Message      roaming.MessageID `json:"message"`
	Conversation string            `json:"conversation"`
	Part         string            `json:"part"` // file or thumb
	URL          string            `json:"url"`
	Filename     string            `json:"filename"`          // as the sender called it
	Name         string            `json:"name"`              // in the backup; "" if it was not saved
	Bytes        int64             `json:"bytes"`             // 0 if it was not saved
	SHA256       string            `json:"sha256,omitempty"`  // in lower-case hex
	Error        string            `json:"error,omitempty"`   // why it was not saved
	Expired      bool              `json:"expired,omitempty"` // it was not saved because the service no longer keeps it

	secret string
	old    bool // the service may have expired it
}

// attachmentsOf returns the attachments of a message, by the body's fields with
// URLs (docs/contract.md, section 6).
func attachmentsOf(m roaming.Message, now time.Time) []Attachment {
	text := func(key string) string {
		s, _ := m.Body[key].(string)
		return s
	}
	var all []Attachment
	add := func(part, url, secret, filename string) {
		if url != "" {
			all = append(all, Attachment{
				Message: m.ID, Conversation: m.Conversation, Part: part, URL: url, Filename: filename,
				secret: secret, old: mayBeExpired(m, now),
			})
		}
	}
	add(partFile, text("url"), text("secret"), text("filename"))
	add(partThumb, text("thumb"), text("thumb_secret"), text("thumb_filename"))
	return all
}

// mayBeExpired reports whether the service may have removed a message's
// attachments by itself. A missing or implausible time is no evidence of that.
func mayBeExpired(m roaming.Message, now time.Time) bool {
	expires := attachments.ExpiresAt(m.Timestamp.Time)
	return !expires.IsZero() && now.After(expires)
}

// createAttachment creates a file with a name that no other attachment has.
func (w *Writer) createAttachment(a Attachment) (*output, error) {
	base := cmp.Or(a.Message.String(), "no-id") + "-"
	if a.Part != partFile {
		base += a.Part + "-"
	}
	base += fsutil.SafeName(a.Filename)
	for n := 1; ; n++ {
		name := base
		if n > 1 {
			name = fmt.Sprintf("%d-%s", n, base)
		}
		out, err := w.create(path.Join(attachmentsDir, name))
		if !errors.Is(err, fs.ErrExist) {
			return out, err
		}
	}
}
