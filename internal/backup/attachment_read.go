package backup

import (
	"errors"
	"io"
	"io/fs"

	"github.com/roamctl/roamctl/internal/roaming"
)

// attachmentKey names an attachment in a backup.
type attachmentKey struct {
	message   roaming.MessageID
	part, url string
}

// Attachment writes a saved file of a message to w; part is file or thumb. It is an
// fs.ErrNotExist if the backup does not have it. A packed backup is unpacked up to the
// file. It is not safe for concurrent use.
func (b *Backup) Attachment(message roaming.MessageID, part, url string, w io.Writer) error {
	if b.saved == nil {
		saved, err := b.savedAttachments()
		if err != nil {
			return err
		}
		b.saved = saved
	}
	name, ok := b.saved[attachmentKey{message, part, url}]
	if !ok {
		return fs.ErrNotExist
	}
	err := b.source.read(name, func(r io.Reader) error {
		_, err := io.Copy(w, r)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return unreadable(b.path, name, err)
	}
	return err
}

// savedAttachments returns the names of the saved files.
func (b *Backup) savedAttachments() (map[attachmentKey]string, error) {
	saved := map[attachmentKey]string{}
	if b.manifest.Attachments == nil {
		return saved, nil
	}
	err := b.source.read(attachmentsName, func(r io.Reader) error {
		for a, err := range decodeLines(r, func(Attachment) error { return nil }) {
			if err != nil {
				return err
			}
			if a.Name != "" {
				saved[attachmentKey{a.Message, a.Part, a.URL}] = a.Name
			}
		}
		return nil
	})
	if err != nil {
		return nil, unreadable(b.path, attachmentsName, err)
	}
	return saved, nil
}
