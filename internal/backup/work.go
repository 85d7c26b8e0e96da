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
	// markerName is the file that proves that a work folder is ours. The process
	// that works there has it locked.
	markerName = ".roamctl-work"
	markerText = "roamctl makes or removes a backup in this folder. roamctl backup prune removes it once it is old.\n"

	packedName  = "packed" + archiveSuffix // the archive that Pack writes
	removedName = "removed"                // the backup that Prune removes
)

// work is a hidden folder in which a backup is written, packed or removed.
type work struct {
	path   string
	unlock func() error // nil if this process does not hold the lock
}

// newWork creates and locks dir/.name.partial. If that exists, the error is an
// fs.ErrExist.
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

// anyWork is newWork that adds a number to a name that exists or is taken, and
// returns the name. taken may be nil.
func anyWork(dir, name string, taken func(name string) bool) (w *work, free string, err error) {
	for n := 1; ; n++ {
		free = name
		if n > 1 {
			free = fmt.Sprintf("%s-%d", name, n)
		}
		w, err = newWork(dir, free)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil || taken == nil || !taken(free) {
			return w, free, err
		}
		if err := w.remove(); err != nil {
			return nil, "", err
		}
	}
}

func (w *work) marker() string { return filepath.Join(w.path, markerName) }

// lock takes the folder for this process, and writes the marker if it is missing.
func (w *work) lock() error {
	if !exists(w.marker()) {
		if err := os.WriteFile(w.marker(), []byte(markerText), 0o600); err != nil {
			return err
		}
	}
	unlock, ok, err := fsutil.TryLock(w.marker())
	if err == nil && !ok {
		err = errors.New("another process is using it")
	}
	if err == nil {
		w.unlock = unlock
	}
	return err
}

// unmark removes the marker, so that the folder can become a backup.
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

// remove removes the folder, the marker last, so that the leftover of a kill is
// still marked.
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

// checkLeftover returns nil if path is the leftover of an interrupted run and
// nothing else: a folder with an unlocked marker or a valid manifest, and no
// file that roamctl does not write there.
func checkLeftover(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return errors.New("it is not a folder")
	}
	if err := checkWorkFiles(path); err != nil {
		return err
	}
	marker := filepath.Join(path, markerName)
	marked, err := isMarker(marker)
	if err != nil {
		return err
	}
	if !marked {
		if _, err := readManifest(path, folder(path), false); err != nil {
			return errors.New("nothing proves that roamctl made it")
		}
		return nil
	}
	held, err := fsutil.Locked(marker)
	if err == nil && held {
		err = errors.New("a process is using it")
	}
	return err
}

// isMarker reports whether the file is a marker, or the beginning of one.
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

// checkWorkFiles refuses a file that roamctl does not write into a work folder.
func checkWorkFiles(path string) error {
	found, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, d := range found {
		known := false
		switch d.Name() {
		case markerName, manifestName, conversationsName, messagesName, attachmentsName, packedName:
			known = d.Type().IsRegular()
		case attachmentsDir:
			known = d.IsDir()
		case removedName:
			known = d.Type().IsRegular() || d.IsDir()
		}
		if !known {
			return unknownFile(d.Name())
		}
	}
	return nil
}

func unknownFile(name string) error {
	return fmt.Errorf("it contains %s, which is no part of a backup", name)
}

// partialSuffix ends the names of work folders, which begin with a dot.
const partialSuffix = ".partial"

func partialName(name string) string { return "." + name + partialSuffix }

func isPartial(name string) bool {
	return strings.HasPrefix(name, ".") && strings.HasSuffix(name, partialSuffix)
}

// archiveSuffix ends the name of every packed backup.
const archiveSuffix = ".tar.zst"

func isArchive(name string) bool { return strings.HasSuffix(name, archiveSuffix) }
