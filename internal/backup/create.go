package backup

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Create begins a backup that will be dir/name; until Commit it is the hidden
// folder dir/.name.partial, which nothing takes for a backup. The name is made
// safe, and unique by a number after it. Folders are made with mode 0700,
// files with 0600. Too little free space, and whatever else keeps the backup
// from being written, is a fault.Safety.
func Create(ctx context.Context, dir, name string, o Options) (*Writer, error) {
	o = o.complete()
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, unwritable(name, err)
	}
	if err := fsutil.Folder(dir); err != nil {
		return nil, unwritable(dir, err)
	}
	if free, ok := o.free(dir); ok && free < o.MinFree {
		return nil, fault.New(fault.Safety, "only %d MiB are free in %s and a backup wants %d; nothing was deleted",
			free>>20, dir, o.MinFree>>20).WithScope(fault.WholeApp).WithHint("make room, or choose another folder with --backup-dir")
	}
	w := &Writer{o: o, dir: dir, manifest: Manifest{
		Format: Format, Tool: o.Tool, AppKey: o.AppKey, Host: o.Host, User: o.Scope.User,
		Scope: o.Scope, Created: roaming.Millis(o.Now().UnixMilli()),
	}}
	if err := w.claim(SafeName(name)); err != nil {
		return nil, unwritable(dir, err)
	}
	if err := w.open(); err != nil {
		return nil, errors.Join(w.fail(err), w.Abort())
	}
	return w, nil
}

// claim finds a name that is free and makes the folder to work in. Making that
// is what keeps others from the name; only then can a finished backup of the
// name be seen for sure.
func (w *Writer) claim(name string) error {
	for n := 1; ; n++ {
		w.name = numbered(name, n)
		var err error
		if w.work, err = newWork(w.dir, w.name); errors.Is(err, fs.ErrExist) {
			continue
		} else if err != nil {
			return err
		}
		if !exists(w.Path()) && !exists(w.Path()+archiveSuffix) {
			return nil
		}
		if err := w.work.remove(); err != nil {
			return err
		}
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// open makes the files that every backup has.
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
	return os.Mkdir(filepath.Join(w.work.path, attachmentsDir), 0o700)
}

// window is how far back compression looks, which reading takes memory for.
const window = 4 << 20

// newEncoder makes one frame of all that is written, also of nothing. One
// goroutine and a small window do: the service is slower than that.
func newEncoder(w io.Writer) (*zstd.Encoder, error) {
	return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window), zstd.WithZeroFrames(true))
}

func (w *Writer) create(name string) (*output, error) {
	f, err := w.o.create(filepath.Join(w.work.path, filepath.FromSlash(name)))
	if err != nil {
		return nil, err
	}
	return newOutput(name, f), nil
}
