package backup

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/roamctl/roamctl/internal/attachments"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Options say what a backup is for, and set its limits.
type Options struct {
	Tool   string // name and version of the program
	AppKey string
	Host   string
	Scope  Scope
	Now    func() time.Time // nil for time.Now

	// Nothing says in errors that nothing was done; "" for "nothing was deleted".
	Nothing string

	// MinFree is the number of bytes that must be free on the disk; 0 for 64 MiB.
	MinFree int64

	// Fetcher downloads attachments for AddAttachments; nil for none.
	Fetcher Fetcher
	// MaxAttachment is the size in bytes of the largest attachment to save; 0
	// for the service's own limit of 10 MiB (docs/contract.md, section 6).
	MaxAttachment int64
	// AttachmentsWithin bounds the time for all attachments together, from the
	// first; 0 for no bound.
	AttachmentsWithin time.Duration
	// AttachmentsAsOf is the service's time, by which attachments expire; zero
	// for Now.
	AttachmentsAsOf time.Time
	// AllowMissing lets Commit succeed without attachments that the service
	// should have.
	AllowMissing bool

	create func(path string) (file, error)     // nil for createFile
	free   func(dir string) (n int64, ok bool) // nil for fsutil.FreeSpace
	sync   func(dir string) error              // nil for fsutil.SyncFolder
}

func (o Options) withDefaults() Options {
	o.Nothing = cmp.Or(o.Nothing, "nothing was deleted")
	o.MinFree = cmp.Or(o.MinFree, 64<<20)
	o.MaxAttachment = cmp.Or(o.MaxAttachment, attachments.MaxSize)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.create == nil {
		o.create = createFile
	}
	if o.free == nil {
		o.free = fsutil.FreeSpace
	}
	if o.sync == nil {
		o.sync = fsutil.SyncFolder
	}
	return o
}

// Writer writes one backup. It keeps one message in memory. It is not safe for
// concurrent use. After an error every further call returns that error; call
// Abort then. Commit calls Abort itself.
type Writer struct {
	o        Options
	dir      string // where the backup will be
	name     string // its name there
	work     *work  // where it is written until it is complete
	manifest Manifest

	conversations *output
	messages      *output
	compressor    *zstd.Encoder
	attachments   *output // nil if they are not wanted
	downloads     downloads

	line bytes.Buffer
	err  error
	done bool
}

// Create begins a backup at dir/name. Until Commit it is the hidden folder
// dir/.name.partial, which is not a backup. The name is made safe, and unique
// by a number at its end. Folders have mode 0700, files 0600. Too little free
// space, and any failed write, is a fault.Safety.
func Create(ctx context.Context, dir, name string, o Options) (*Writer, error) {
	o = o.withDefaults()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, unwritable(name, o.Nothing, err)
	}
	if err := fsutil.Folder(dir); err != nil {
		return nil, unwritable(dir, o.Nothing, err)
	}
	if free, ok := o.free(dir); ok && free < o.MinFree {
		return nil, fault.New(fault.Safety, "%s has %d MiB free and a backup needs %d; %s",
			dir, free>>20, o.MinFree>>20, o.Nothing).WithScope(fault.WholeApp).WithHint("make room, or choose another folder with --backup-dir")
	}
	w := &Writer{o: o, dir: dir, manifest: Manifest{
		Format: Format, Tool: o.Tool, AppKey: o.AppKey, Host: o.Host, User: o.Scope.User,
		Scope: o.Scope, Created: roaming.Millis(o.Now().UnixMilli()),
	}}
	if err := w.claim(fsutil.SafeName(name)); err != nil {
		return nil, unwritable(dir, o.Nothing, err)
	}
	if err := w.open(); err != nil {
		return nil, errors.Join(w.fail(err), w.Abort())
	}
	return w, nil
}

// claim finds a free name and creates the work folder. The work folder keeps
// other processes from the name, so the look for a finished backup comes after.
func (w *Writer) claim(name string) (err error) {
	w.work, w.name, err = anyWork(w.dir, name, func(name string) bool {
		path := filepath.Join(w.dir, name)
		return exists(path) || exists(path+archiveSuffix)
	})
	return err
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// open creates the files that every backup has.
func (w *Writer) open() (err error) {
	if w.conversations, err = w.create(conversationsName); err != nil {
		return err
	}
	if w.messages, err = w.create(messagesName); err != nil {
		return err
	}
	if w.compressor, err = newEncoder(w.messages); err != nil {
		return err
	}
	if w.o.Fetcher == nil {
		return nil
	}
	w.manifest.Attachments = &AttachmentCounts{}
	if w.attachments, err = w.create(attachmentsName); err != nil {
		return err
	}
	return os.Mkdir(w.path(attachmentsDir), 0o700)
}

// path returns where a file of the backup is while it is written.
func (w *Writer) path(name string) string {
	return filepath.Join(w.work.path, filepath.FromSlash(name))
}

// Messages returns the number of messages added.
func (w *Writer) Messages() int { return w.manifest.Messages }

// Path returns where the backup is after Commit.
func (w *Writer) Path() string { return filepath.Join(w.dir, w.name) }

// NotVisible records requested IDs that the user's history does not have.
func (w *Writer) NotVisible(ids ...roaming.MessageID) {
	w.manifest.Scope.NotVisible = append(w.manifest.Scope.NotVisible, ids...)
}

// AddConversation adds an entry of the user's conversation list.
func (w *Writer) AddConversation(c roaming.Conversation) error {
	if w.err != nil {
		return w.err
	}
	if c.ID == "" {
		return w.fail(fault.New(fault.Bug, "cannot back up a conversation without an ID"))
	}
	if err := w.writeLine(w.conversations, c); err != nil {
		return w.fail(err)
	}
	w.manifest.Conversations++
	return nil
}

// AddMessage adds a message. It refuses one without its raw bytes, because only
// they are sure to hold all of it: read with HistoryQuery.KeepRaw.
func (w *Writer) AddMessage(m roaming.Message) error {
	if w.err != nil {
		return w.err
	}
	if err := checkMessage(m); err != nil {
		return w.fail(fault.Wrap(fault.Safety, err, "cannot back up message %s of conversation %q", m.ID, m.Conversation))
	}
	if err := w.writeLine(w.compressor, m); err != nil {
		return w.fail(err)
	}
	w.manifest.count(m)
	return nil
}

func (w *Writer) writeLine(out io.Writer, v any) error {
	w.line.Reset()
	enc := json.NewEncoder(&w.line)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("%T has no JSON form: %w", v, err)
	}
	if w.line.Len() > maxLine {
		return fmt.Errorf("%T takes %d bytes, more than the %d of a line", v, w.line.Len(), maxLine)
	}
	_, err := out.Write(w.line.Bytes())
	return err
}

// fail keeps the first error.
func (w *Writer) fail(err error) error {
	if w.err == nil {
		w.err = unwritable(w.Path(), w.o.Nothing, err)
	}
	return w.err
}

// unwritable makes err a fault.Safety: without a backup nothing is deleted.
func unwritable(path, nothing string, err error) error {
	if _, ok := errors.AsType[*fault.Error](err); ok || isContextError(err) {
		return err
	}
	return fault.Wrap(fault.Safety, err, "cannot write the backup %s; %s", path, nothing).WithScope(fault.WholeApp).
		WithHint("make room there, or choose another folder with --backup-dir")
}
