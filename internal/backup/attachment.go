package backup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/roamctl/roamctl/internal/roaming"
)

// Fetcher gets the content of attachments. The url is what a message's sender
// wrote; secret goes into the share-secret header where it is not "" (contract,
// section 6). n is how much was written to w.
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
	Filename     string            `json:"filename"`         // as the sender called it
	Name         string            `json:"name"`             // in the backup; "" when it was not saved
	Bytes        int64             `json:"bytes"`            // 0 when it was not saved
	SHA256       string            `json:"sha256,omitempty"` // in lower-case hex
	Error        string            `json:"error,omitempty"`  // why it was not saved

	secret string
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

// AddAttachments fetches what a message refers to and keeps it, when Options
// had a Fetcher. What can't be fetched, or is larger than MaxAttachment, is
// listed with the reason and is no error; failing to write is, and so is the
// end of ctx.
func (w *Writer) AddAttachments(ctx context.Context, m roaming.Message) error {
	if w.err != nil {
		return w.err
	}
	if w.attachments == nil {
		return nil
	}
	for _, a := range attachmentsOf(m) {
		if err := w.saveAttachment(ctx, &a); err != nil {
			return w.fail(err)
		}
		if err := w.writeLine(w.attachments, a); err != nil {
			return w.fail(err)
		}
		if a.Error != "" {
			w.manifest.Attachments.Failed++
			continue
		}
		w.manifest.Attachments.Saved++
		w.manifest.Attachments.Bytes += a.Bytes
	}
	return nil
}

// saveAttachment fetches into a new file, which goes again when fetching fails.
func (w *Writer) saveAttachment(ctx context.Context, a *Attachment) error {
	out, err := w.newAttachment(*a)
	if err != nil {
		return err
	}
	limited := &limitedWriter{w: out, left: w.o.MaxAttachment}
	_, fetchErr := w.o.Fetcher.Fetch(ctx, a.URL, a.secret, limited)
	if fetchErr == nil && limited.exceeded {
		fetchErr = errTooLarge
	}
	if limited.err != nil || ctx.Err() != nil {
		return errors.Join(cmp.Or(limited.err, context.Cause(ctx)), out.file.Close())
	}
	if fetchErr != nil {
		if errors.Is(fetchErr, errTooLarge) {
			fetchErr = fmt.Errorf("%w: more than %d bytes", errTooLarge, w.o.MaxAttachment)
		}
		a.Error = fetchErr.Error()
		return errors.Join(out.file.Close(), os.Remove(filepath.Join(w.work, filepath.FromSlash(out.name))))
	}
	f, err := out.finish()
	if err != nil {
		return err
	}
	w.manifest.Files = append(w.manifest.Files, f)
	a.Name, a.Bytes, a.SHA256 = f.Name, f.Bytes, f.SHA256
	return nil
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
