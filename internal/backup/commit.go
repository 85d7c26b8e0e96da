package backup

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/roamctl/roamctl/internal/fault"
)

// Commit completes the backup: everything is put on the disk, the manifest
// last, then read back and checked as Verify does, and only then given its
// name. When any of it fails, nothing is left that looks like a backup, and
// the error is a fault.Safety.
func (w *Writer) Commit(ctx context.Context) (Manifest, error) {
	if w.done {
		return Manifest{}, fault.New(fault.Bug, "the backup %s was ended twice", w.Path())
	}
	if w.err == nil {
		if err := w.finish(ctx); err != nil {
			w.err = unwritable(w.Path(), err)
		}
	}
	if w.err != nil {
		return Manifest{}, errors.Join(w.err, w.Abort())
	}
	w.done = true
	return w.manifest, nil
}

func (w *Writer) finish(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	if err := w.finishAttachments(); err != nil {
		return err
	}
	if err := w.finishFiles(); err != nil {
		return err
	}
	if err := w.writeManifest(); err != nil {
		return err
	}
	// From here on its manifest proves that the folder is ours.
	if err := w.work.unmark(); err != nil {
		return err
	}
	if err := w.syncFolders(); err != nil {
		return err
	}
	m, err := verify(ctx, folder(w.work.path), w.Path())
	if err != nil {
		return err
	}
	w.manifest = m
	return w.publish()
}

// finishFiles puts every file but the manifest on the disk.
func (w *Writer) finishFiles() error {
	if err := w.compressor.Close(); err != nil {
		return err
	}
	for _, out := range []*output{w.conversations, w.messages, w.attachments} {
		if out == nil {
			continue
		}
		f, err := out.finish()
		if err != nil {
			return err
		}
		w.manifest.Files = append(w.manifest.Files, f)
	}
	slices.SortFunc(w.manifest.Files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	return nil
}

func (w *Writer) writeManifest() error {
	b, err := w.manifest.encode()
	if err != nil {
		return err
	}
	out, err := w.create(manifestName)
	if err != nil {
		return err
	}
	if _, err := out.Write(b); err != nil {
		return errors.Join(err, out.file.Close())
	}
	_, err = out.finish()
	return err
}

func (w *Writer) syncFolders() error {
	if w.attachments != nil {
		if err := w.o.sync(filepath.Join(w.work.path, attachmentsDir)); err != nil {
			return err
		}
	}
	return w.o.sync(w.work.path)
}

// publish gives the backup its name. When that can't be made to last, it is
// taken back.
func (w *Writer) publish() error {
	if err := os.Rename(w.work.path, w.Path()); err != nil {
		return err
	}
	if err := w.o.sync(w.dir); err != nil {
		return errors.Join(err, os.Rename(w.Path(), w.work.path))
	}
	return nil
}
