package fsutil

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	tempPrefix  = ".roamctl-temp-"
	tempLock    = "lock"
	tempContent = "content"
	tempTries   = 10
)

// TempFolder is a folder that is moved to its place once it is complete. It is locked
// until then, so that RemoveStale finds those whose process was killed.
type TempFolder struct {
	Path string // of the content

	own    string // has the lock and the content
	unlock func() error
}

// NewTempFolder creates an empty folder of mode 0700 below parent.
func NewTempFolder(parent string) (f *TempFolder, err error) {
	for range tempTries {
		// Another process may take the folder for a stale one before it is locked.
		if f, err = newTempFolder(parent); f != nil || err != nil && !errors.Is(err, fs.ErrNotExist) {
			return f, err
		}
	}
	return nil, &fs.PathError{Op: "mkdir", Path: parent, Err: errors.New("other processes remove the temporary folder")}
}

// newTempFolder returns nil, or an fs.ErrNotExist, if another process took the folder.
func newTempFolder(parent string) (*TempFolder, error) {
	own, err := os.MkdirTemp(parent, tempPrefix+"*") // 0700
	if err != nil {
		return nil, err
	}
	f := &TempFolder{own: own, Path: filepath.Join(own, tempContent)}
	unlock, ok, err := TryLock(filepath.Join(own, tempLock))
	if err != nil {
		removeTempFolder(own)
	}
	if err != nil || !ok {
		return nil, err
	}
	f.unlock = unlock
	if err := os.Mkdir(f.Path, 0o700); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// MoveTo moves the content to a place where nothing is.
func (f *TempFolder) MoveTo(place string) error {
	if err := SyncFolder(f.Path); err != nil {
		return err
	}
	return Rename(f.Path, place)
}

// Close removes the content, unless it was moved, and ends the lock.
func (f *TempFolder) Close() error {
	err := errors.Join(os.RemoveAll(f.Path), f.unlock()) // Windows removes no file that is open
	if err == nil {
		removeTempFolder(f.own)
	}
	return err
}

// RemoveStale removes the temporary folders below parent whose processes were killed.
// What can't be removed does no harm.
func RemoveStale(parent string) {
	entries, _ := os.ReadDir(parent)
	for _, e := range entries {
		if own := filepath.Join(parent, e.Name()); e.IsDir() && strings.HasPrefix(e.Name(), tempPrefix) {
			removeStale(own)
		}
	}
}

func removeStale(own string) {
	lock := filepath.Join(own, tempLock)
	if info, err := os.Lstat(lock); err == nil && info.Mode().IsRegular() {
		if unlock, ok, err := TryLock(lock); err == nil && ok {
			_ = (&TempFolder{Path: filepath.Join(own, tempContent), own: own, unlock: unlock}).Close()
		}
		return
	}
	_ = os.Remove(own) // if it is empty: its process was killed before it locked it
}

// removeTempFolder removes the lock and the folder. It leaves a folder that has anything
// else: its own process may have locked it meanwhile.
func removeTempFolder(own string) {
	_ = os.Remove(filepath.Join(own, tempLock))
	_ = os.Remove(own)
}
