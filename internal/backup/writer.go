package backup

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Options say what a backup is made of and where its limits are.
type Options struct {
	Tool   string // name and version of the program
	AppKey string
	Host   string
	Scope  Scope
	Now    func() time.Time // nil for the clock

	// MinFree is how many bytes must be free on the disk to begin; 0 for 64 MiB.
	MinFree int64

	// Fetcher gets attachments for AddAttachments; nil when they are not wanted.
	Fetcher Fetcher
	// MaxAttachment is the size in bytes of the largest attachment to keep;
	// 0 for the service's own limit of 10 MiB (contract, section 6).
	MaxAttachment int64
	// AttachmentsWithin bounds the time for all attachments together, from the
	// first; 0 for no bound.
	AttachmentsWithin time.Duration
	// AttachmentsAsOf is the service's time, by which it expires attachments;
	// zero for Now, the clock of this machine.
	AttachmentsAsOf time.Time
	// AllowMissing lets Commit succeed though attachments are missing that the
	// service should have.
	AllowMissing bool

	create func(path string) (file, error)     // nil for createFile
	free   func(dir string) (n int64, ok bool) // nil for freeSpace
	sync   func(dir string) error              // nil for fsutil.SyncFolder
}

func (o Options) complete() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MinFree == 0 {
		o.MinFree = 64 << 20
	}
	if o.MaxAttachment == 0 {
		o.MaxAttachment = 10 << 20
	}
	if o.create == nil {
		o.create = createFile
	}
	if o.free == nil {
		o.free = freeSpace
	}
	if o.sync == nil {
		o.sync = fsutil.SyncFolder
	}
	return o
}

// maxLine is the length of the longest line that is written or read. The
// service's messages are some kilobytes (contract, section 6).
const maxLine = 4 << 20

// Writer writes one backup. It holds one message at a time. It is not safe for
// concurrent use. After an error every further call fails with it, and only
// Abort is left to do; Commit does that by itself.
type Writer struct {
	o        Options
	dir      string // where the backup will be
	name     string // its name there
	work     *work  // where it is written until it is complete
	manifest Manifest

	conversations *output
	messages      *output
	compressor    *zstd.Encoder
	attachments   *output // nil when they are not wanted
	downloads     downloads

	line bytes.Buffer
	err  error
	done bool
}

// Messages is how many messages were added.
func (w *Writer) Messages() int { return w.manifest.Messages }

// Path is where the backup is once Commit has returned without an error.
func (w *Writer) Path() string { return filepath.Join(w.dir, w.name) }

// NotVisible notes IDs that were asked for and that the user's history does
// not have.
func (w *Writer) NotVisible(ids ...roaming.MessageID) {
	w.manifest.Scope.NotVisible = append(w.manifest.Scope.NotVisible, ids...)
}

// AddConversation adds an entry of the user's conversation list.
func (w *Writer) AddConversation(c roaming.Conversation) error {
	if w.err != nil {
		return w.err
	}
	if c.ID == "" {
		return w.fail(fault.New(fault.Bug, "a conversation without an ID can't be backed up"))
	}
	if err := w.writeLine(w.conversations, c); err != nil {
		return w.fail(err)
	}
	w.manifest.Conversations++
	return nil
}

// AddMessage adds a message. One without its raw bytes is refused, because
// nothing else is sure to hold all of it: read with HistoryQuery.KeepRaw.
func (w *Writer) AddMessage(m roaming.Message) error {
	if w.err != nil {
		return w.err
	}
	if err := checkMessage(m); err != nil {
		return w.fail(fault.Wrap(fault.Safety, err, "message %s of conversation %q can't be backed up", m.ID, m.Conversation))
	}
	if err := w.writeLine(w.compressor, m); err != nil {
		return w.fail(err)
	}
	w.manifest.count(m)
	return nil
}

// checkMessage refuses what could not be told or read later. A message may lack
// an ID and a time: its raw bytes are all that the service has of it.
func checkMessage(m roaming.Message) error {
	if m.Conversation == "" {
		return errors.New("it has no conversation")
	}
	if len(m.Raw) == 0 {
		return errors.New("its raw bytes are missing")
	}
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
		return fmt.Errorf("%T takes %d bytes, more than the %d that a line may have", v, w.line.Len(), maxLine)
	}
	_, err := out.Write(w.line.Bytes())
	return err
}

// fail remembers the first error, as the refusal that it amounts to.
func (w *Writer) fail(err error) error {
	if w.err == nil {
		w.err = unwritable(w.Path(), err)
	}
	return w.err
}

// unwritable is err as a refusal to go on: without a backup nothing is deleted.
func unwritable(path string, err error) error {
	if _, ok := errors.AsType[*fault.Error](err); ok || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fault.Wrap(fault.Safety, err, "the backup %s can't be written; nothing was deleted", path).WithScope(fault.WholeApp).
		WithHint("make room there, or choose another folder with --backup-dir")
}

// Abort ends a backup that is not wanted and removes what there is of it.
// After Commit it does nothing.
func (w *Writer) Abort() error {
	if w.done {
		return nil
	}
	w.done = true
	if w.err == nil {
		w.err = fault.New(fault.Bug, "the backup %s was given up", w.Path())
	}
	w.downloads.stop()
	if w.compressor != nil {
		w.compressor.Reset(nil)
	}
	for _, out := range []*output{w.conversations, w.messages, w.attachments} {
		if out != nil {
			_ = out.file.Close() // it may be closed already, and goes now anyway
		}
	}
	return w.work.remove()
}
