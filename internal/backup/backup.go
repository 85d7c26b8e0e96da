package backup

import (
	"errors"
	"io"
	"iter"

	"github.com/roamctl/roamctl/internal/roaming"
)

// Backup is a backup that can be read.
type Backup struct {
	path     string
	source   source
	manifest Manifest
}

// Open reads the manifest of a backup, which is a folder or a .tar.zst, and
// checks the manifest's own digest. The other files are not looked at: Verify
// does that. There being none is a fault.NotFound, a manifest that was changed
// a DamageError in a fault.Safety.
func Open(path string) (*Backup, error) {
	return openWith(path, true)
}

// openWith opens a backup whose manifest comes with its lists or without.
func openWith(path string, lists bool) (*Backup, error) {
	src, err := sourceAt(path)
	if err != nil {
		return nil, err
	}
	return open(path, src, lists)
}

func open(path string, src source, lists bool) (*Backup, error) {
	b := &Backup{path: path, source: src}
	r, err := b.file(manifestName)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if b.manifest, err = decodeManifest(r, lists); err != nil {
		return nil, damaged(path, manifestName, 0, err)
	}
	return b, nil
}

// Path is where the backup is.
func (b *Backup) Path() string { return b.path }

// Manifest says what the backup holds.
func (b *Backup) Manifest() Manifest { return b.manifest }

// Close releases what Open took. Sequences hold their own files.
func (b *Backup) Close() error { return nil }

// Conversations reads the conversations, one at a time. An error ends the
// sequence and names the line.
func (b *Backup) Conversations() iter.Seq2[roaming.Conversation, error] {
	return read(b, conversationsName, plain, checkConversation)
}

// Messages reads the messages in the order in which they were added, one at a
// time. An error ends the sequence and names the line.
func (b *Backup) Messages() iter.Seq2[roaming.Message, error] {
	return read(b, messagesName, decompress, checkMessage)
}

// Attachments reads what became of the attachments; nothing when they were not
// asked for.
func (b *Backup) Attachments() iter.Seq2[Attachment, error] {
	if b.manifest.Attachments == nil {
		return func(func(Attachment, error) bool) {}
	}
	return read(b, attachmentsName, plain, func(Attachment) error { return nil })
}

// OpenAttachment opens the content of an attachment that was saved.
func (b *Backup) OpenAttachment(a Attachment) (io.ReadCloser, error) {
	if a.Name == "" {
		return nil, errors.New("the attachment was not saved")
	}
	return b.file(a.Name)
}

func checkConversation(c roaming.Conversation) error {
	if c.ID == "" {
		return errors.New("it has no ID")
	}
	return nil
}

func (b *Backup) file(name string) (io.ReadCloser, error) {
	r, err := b.source.open(name)
	if err != nil {
		return nil, unreadable(b.path, name, err)
	}
	return r, nil
}

// read reads a file line by line.
func read[T any](b *Backup, name string, expand func(io.Reader) (io.ReadCloser, error), check func(T) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		file, err := b.file(name)
		if err != nil {
			yield(zero, err)
			return
		}
		defer file.Close()
		content, err := expand(file)
		if err != nil {
			yield(zero, unreadable(b.path, name, err))
			return
		}
		defer content.Close()
		for v, err := range decodeLines(content, check) {
			if err != nil {
				err = unreadable(b.path, name, err)
			}
			if !yield(v, err) {
				return
			}
		}
	}
}

func plain(r io.Reader) (io.ReadCloser, error) { return io.NopCloser(r), nil }

func decompress(r io.Reader) (io.ReadCloser, error) {
	d, err := newDecoder(r)
	if err != nil {
		return nil, err
	}
	return d.IOReadCloser(), nil
}
