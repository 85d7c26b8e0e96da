package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"github.com/roamctl/roamctl/internal/roaming"
)

// Fetcher gets the content of attachments. The url is what a message's sender
// wrote; secret goes into the share-secret header where it is not "" (contract,
// section 6). n is how much was written to w. What the server does not have is
// an fs.ErrNotExist. Fetch must be safe for concurrent use.
type Fetcher interface {
	Fetch(ctx context.Context, url, secret string, w io.Writer) (n int64, err error)
}

// The parts of a message that can be fetched.
const (
	partFile  = "file"
	partThumb = "thumb"
)

// Attachment is a line of attachments.ndjson: what became of one attachment.
type Attachment struct {
	Message      roaming.MessageID `json:"message"`
	Conversation string            `json:"conversation"`
	Part         string            `json:"part"` // file or thumb
	URL          string            `json:"url"`
	Filename     string            `json:"filename"`          // as the sender called it
	Name         string            `json:"name"`              // in the backup; "" when it was not saved
	Bytes        int64             `json:"bytes"`             // 0 when it was not saved
	SHA256       string            `json:"sha256,omitempty"`  // in lower-case hex
	Error        string            `json:"error,omitempty"`   // why it was not saved
	Expired      bool              `json:"expired,omitempty"` // it was not saved because the service no longer keeps it

	secret string
	old    bool // the service may have expired it
}

// attachmentsOf are what a message refers to, by the fields that have URLs
// (contract, section 6).
func attachmentsOf(m roaming.Message) []Attachment {
	text := func(key string) string {
		s, _ := m.Body[key].(string)
		return s
	}
	var all []Attachment
	add := func(part, url, secret, filename string) {
		if url != "" {
			all = append(all, Attachment{
				Message: m.ID, Conversation: m.Conversation, Part: part, URL: url, Filename: filename, secret: secret,
			})
		}
	}
	add(partFile, text("url"), text("secret"), text("filename"))
	add(partThumb, text("thumb"), text("thumb_secret"), text("thumb_filename"))
	return all
}

// newAttachment makes a file whose name no other attachment has.
func (w *Writer) newAttachment(a Attachment) (*output, error) {
	base := attachmentName(a.Message, a.Part, a.Filename)
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

var errTooLarge = errors.New("the attachment is too large")

// limitedWriter passes on so many bytes, and remembers whether more came and
// whether it was the writing that failed.
type limitedWriter struct {
	w        io.Writer
	left     int64
	exceeded bool
	err      error
}

// Write fails once the limit is passed.
func (l *limitedWriter) Write(b []byte) (int, error) {
	if int64(len(b)) > l.left {
		l.exceeded = true
		return 0, errTooLarge
	}
	n, err := l.w.Write(b)
	l.left -= int64(n)
	if err != nil {
		l.err = err
	}
	return n, err
}
