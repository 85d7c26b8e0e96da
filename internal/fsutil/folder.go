// Package fsutil reads and writes files that must survive a killed process and
// a power failure.
//
// It has one policy for file systems that lack something. Where folders can't
// be synced, work continues, and SyncsFolders tells the caller to warn. A file
// that can't be synced is an error. Without file locks nothing starts: that is
// a fault.Config.
package fsutil

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
)

// Folder creates a folder and its parents with mode 0700, and syncs each new
// entry. It does not change a folder that exists.
func Folder(path string) error {
	path = filepath.Clean(path)
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.IsDir():
		return &fs.PathError{Op: "mkdir", Path: path, Err: errors.New("it is a file, not a folder")}
	case err == nil || !errors.Is(err, fs.ErrNotExist):
		return err
	}
	parent := filepath.Dir(path)
	if parent != path {
		if err := Folder(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return SyncFolder(parent)
}

// SyncFolder syncs the entries of a folder. It returns nil where the system or
// the file system can't do that.
func SyncFolder(path string) error {
	_, err := syncFolder(path, (*os.File).Sync)
	return err
}

// SyncsFolders reports whether the entries of a folder can be synced. If path
// does not exist, the answer is that for the nearest parent.
func SyncsFolders(path string) bool { return syncsFolders(path, (*os.File).Sync) }

func syncsFolders(path string, sync func(*os.File) error) bool {
	for {
		able, err := syncFolder(path, sync)
		parent := filepath.Dir(path)
		if !errors.Is(err, fs.ErrNotExist) || parent == path {
			return able
		}
		path = parent
	}
}

// syncFolder syncs a folder with sync. It reports false if that is not possible.
func syncFolder(path string, sync func(*os.File) error) (able bool, err error) {
	if runtime.GOOS == "windows" { // it has no such call, and NTFS journals folders
		return true, nil
	}
	d, err := os.Open(path)
	if errors.Is(err, fs.ErrPermission) { // a folder may be writable and not readable
		return false, nil
	}
	if err != nil {
		return true, err
	}
	err = sync(d)
	if able = !isAny(err, noFolderSync()); !able {
		err = nil
	}
	return able, errors.Join(err, d.Close())
}

// noFolderSync returns the errors of file systems that can't sync a folder. FUSE
// and network file systems differ. ENOTSUP and ENOSYS are ErrUnsupported.
func noFolderSync() []error {
	return []error{errors.ErrUnsupported, syscall.EINVAL, syscall.EBADF, syscall.ENOTTY}
}

func isAny(err error, targets []error) bool {
	return slices.ContainsFunc(targets, func(target error) bool { return errors.Is(err, target) })
}

// Create creates a file of mode 0600 for writing. An existing file is an
// fs.ErrExist.
func Create(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

// Rename renames a file or folder, and syncs the folder that it is in then.
func Rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(to))
}

// Replace writes a file of mode 0600 atomically: readers, a kill and a power
// failure leave the old content or the new one.
func Replace(path string, content []byte) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_, _ = tmp.Close(), os.Remove(tmp.Name()) // the first error is the one to report
		}
	}()
	if _, err := tmp.Write(content); err != nil {
		return err
	}
	if err := errors.Join(tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return Rename(tmp.Name(), path)
}
