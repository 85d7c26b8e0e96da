package backup

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/roamctl/roamctl/internal/fsutil"
)

const (
	// markerName is the file that proves a work folder to be one of ours. It is
	// the lock of the process that works there, too.
	markerName = ".roamctl-work"
	markerText = "roamctl makes or removes a backup in this folder. roamctl backup prune removes it once it is old.\n"

	packedName  = "packed" + archiveSuffix // what Pack makes in a work folder
	removedName = "removed"                // what Prune moves into one
)

// work is a hidden folder in which a backup is made, packed or removed.
type work struct {
	path   string
	unlock func() error // nil once nobody works there any more
}

// newWork makes dir/.name.partial, with the marker. It is an fs.ErrExist where
// there is something of that name.
func newWork(dir, name string) (*work, error) {
	w := &work{path: filepath.Join(dir, partialName(name))}
	if err := os.Mkdir(w.path, 0o700); err != nil {
		return nil, err
	}
	if err := w.lock(); err != nil {
		return nil, errors.Join(err, w.remove())
	}
	return w, nil
}

// anyWork is newWork with a number after the name where that is taken.
func anyWork(dir, name string) (*work, error) {
	for n := 1; ; n++ {
		w, err := newWork(dir, numbered(name, n))
		if !errors.Is(err, fs.ErrExist) {
			return w, err
		}
	}
}

// numbered is the n-th name, from 1, of those that want the same.
func numbered(name string, n int) string {
	if n == 1 {
		return name
	}
	return fmt.Sprintf("%s-%d", name, n)
}

func (w *work) marker() string { return filepath.Join(w.path, markerName) }

// lock takes the folder for this process. A folder that only its manifest
// proves to be ours gets its marker again.
func (w *work) lock() error {
	if !exists(w.marker()) {
		if err := os.WriteFile(w.marker(), []byte(markerText), 0o600); err != nil {
			return err
		}
	}
	unlock, free, err := fsutil.TryLock(w.marker())
	if err == nil && !free {
		err = errors.New("another process is at work in it")
	}
	if err == nil {
		w.unlock = unlock
	}
	return err
}

// unmark ends the work, so that the folder can become a backup.
func (w *work) unmark() error {
	if err := w.release(); err != nil {
		return err
	}
	return os.Remove(w.marker())
}

func (w *work) release() error {
	unlock := w.unlock
	w.unlock = nil
	if unlock == nil {
		return nil
	}
	return unlock()
}

// remove removes the folder, the marker last: what a kill leaves of it is still ours.
func (w *work) remove() error {
	found, err := os.ReadDir(w.path)
	for _, d := range found {
		if d.Name() != markerName {
			err = errors.Join(err, os.RemoveAll(filepath.Join(w.path, d.Name())))
		}
	}
	if err = errors.Join(err, w.release()); err != nil {
		return err
	}
	if err := os.Remove(w.marker()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return errors.Join(os.Remove(w.path), fsutil.SyncFolder(filepath.Dir(w.path)))
}

// left is nil where path is what an interrupted run of ours left behind, and
// nothing else: a folder with the marker, which nobody holds, or with a whole
// manifest, and with no file that we don't make there.
func left(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return errors.New("roamctl leaves folders behind, and this is none")
	}
	if err := onlyOurs(path); err != nil {
		return err
	}
	marker := filepath.Join(path, markerName)
	marked, err := isMarker(marker)
	if err != nil {
		return err
	}
	if !marked {
		if _, err := open(path, folder(path), false); err != nil {
			return errors.New("nothing proves that roamctl made it")
		}
		return nil
	}
	held, err := fsutil.Locked(marker)
	if err == nil && held {
		err = errors.New("a process is at work in it")
	}
	return err
}

// isMarker reports whether the file is a marker, or the beginning of one that
// was being written.
func isMarker(path string) (bool, error) {
	f, err := fsutil.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, int64(len(markerText)+1)))
	return strings.HasPrefix(markerText, string(text)), err
}

// onlyOurs names a file in a work folder that is none of ours.
func onlyOurs(path string) error {
	found, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, d := range found {
		regular := d.Type().IsRegular()
		switch d.Name() {
		case markerName, manifestName, conversationsName, messagesName, attachmentsName, packedName:
			if regular {
				continue
			}
		case attachmentsDir:
			if d.IsDir() {
				continue
			}
		case removedName:
			if regular || d.IsDir() {
				continue
			}
		}
		return foreign(d.Name())
	}
	return nil
}
