package backup

import (
	"cmp"
	"context"
	"errors"
	"os"
	"slices"

	"github.com/roamctl/roamctl/internal/fault"
)

// Commit completes the backup. It syncs all files, the manifest last, verifies
// them, and only then gives the backup its name. If any of that fails, it
// leaves nothing that looks like a backup and returns a fault.Safety.
func (w *Writer) Commit(ctx context.Context) (Manifest, error) {
	if w.done {
		return Manifest{}, fault.New(fault.Bug, "the backup %s was ended twice", w.Path())
	}
	if w.err == nil {
		if err := w.finish(ctx); err != nil {
			w.err = unwritable(w.Path(), w.o.Nothing, err)
		}
	}
	if w.err != nil {
		return Manifest{}, errors.Join(w.err, w.Abort())
	}
	w.done = true
	return w.manifest, nil
}

func (w *Writer) finish(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	for _, step := range []func() error{
		w.finishAttachments, w.finishFiles, w.writeManifest,
		w.work.unmark, // the manifest proves from here on that the folder is ours
		w.syncFolders,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	m, err := verify(ctx, folder(w.work.path), w.Path())
	if err != nil {
		return err
	}
	w.manifest = m
	return w.publish()
}

// finishFiles syncs every file but the manifest.
func (w *Writer) finishFiles() error {
	if err := w.compressor.Close(); err != nil {
		return err
	}
	for _, out := range w.outputs() {
		f, err := out.finish()
		if err != nil {
			return err
		}
		w.manifest.Files = append(w.manifest.Files, f)
	}
	slices.SortFunc(w.manifest.Files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	return nil
}

// outputs returns the files that are open, without those of attachments.
func (w *Writer) outputs() []*output {
	all := []*output{w.conversations, w.messages, w.attachments}
	return slices.DeleteFunc(all, func(o *output) bool { return o == nil })
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
		if err := w.o.sync(w.path(attachmentsDir)); err != nil {
			return err
		}
	}
	return w.o.sync(w.work.path)
}

// publish gives the backup its name, and takes it back if it can't be synced.
func (w *Writer) publish() error {
	if err := os.Rename(w.work.path, w.Path()); err != nil {
		return err
	}
	if err := w.o.sync(w.dir); err != nil {
		return errors.Join(err, os.Rename(w.Path(), w.work.path))
	}
	return nil
}

// Abort cancels a backup and removes its files. After Commit it does nothing.
func (w *Writer) Abort() error {
	if w.done {
		return nil
	}
	w.done = true
	if w.err == nil {
		w.err = fault.New(fault.Bug, "the backup %s was cancelled", w.Path())
	}
	w.downloads.stop()
	if w.compressor != nil {
		w.compressor.Reset(nil)
	}
	for _, out := range w.outputs() {
		_ = out.file.Close() // it may be closed already, and is removed anyway
	}
	return w.work.remove()
}
