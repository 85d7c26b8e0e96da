// Package fsutil writes and reads files that must survive a killed process and
// a power failure.
//
// It holds one rule for file systems that lack something. Where folders can't
// be synced the work goes on, and SyncsFolders tells the caller to warn. A file
// that can't be synced is an error. Without file locks nothing begins: that is
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

// Folder makes a folder and those above it, mode 0700, each with its entry on
// disk. One that exists is left as it is.
func Folder(path string) error {
	path = filepath.Clean(path)
	info, err := os.Stat(path)
	if err == nil {
		if !info.IsDir() {
			return &fs.PathError{Op: "mkdir", Path: path, Err: errors.New("it is a file, not a folder")}
		}
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
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

// SyncFolder puts the entries of a folder on disk. It returns nil where the
// system or the file system has no way to do that.
func SyncFolder(path string) error {
	_, err := syncFolder(path, (*os.File).Sync)
	return err
}

// SyncsFolders reports whether the entries of a folder can be put on disk. It
// asks the nearest folder above where path does not exist yet.
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

// syncFolder syncs a folder with sync. It reports false where that is not possible.
func syncFolder(path string, sync func(*os.File) error) (able bool, err error) {
	if runtime.GOOS == "windows" { // it has no such call, and NTFS journals folders
		return true, nil
	}
	d, err := os.Open(path)
	if errors.Is(err, fs.ErrPermission) { // a folder that can be written to and not read
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

// noFolderSync are the answers of file systems that can't sync a folder. FUSE
// and network file systems differ. ENOTSUP and ENOSYS are ErrUnsupported.
func noFolderSync() []error {
	return []error{errors.ErrUnsupported, syscall.EINVAL, syscall.EBADF, syscall.ENOTTY}
}

func isAny(err error, targets []error) bool {
	return slices.ContainsFunc(targets, func(target error) bool { return errors.Is(err, target) })
}

// Replace writes a file of mode 0600 so that a reader, a kill and a power
// failure leave the old content or the new one, and nothing between.
func Replace(path string, content []byte) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_, _ = tmp.Close(), os.Remove(tmp.Name()) // the first error is the one that counts
		}
	}()
	if _, err := tmp.Write(content); err != nil {
		return err
	}
	if err := tmp.Sync(); err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(path))
}
