// Package files keeps the attachments of an archive's messages: it fetches them
// into a folder, each file once under its SHA-256, and verifies and removes them.
package files

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
)

const (
	lockName = "lock"
	tempName = "fetch-*.tmp"
)

// Folder is where the files are. It may not exist.
type Folder struct{ Path string }

// file is the path of a file. Only a digest is a part of it.
func (f Folder) file(digest string) (string, error) {
	if b, err := hex.DecodeString(digest); err != nil || len(b) != 32 || hex.EncodeToString(b) != digest {
		return "", fault.New(fault.Safety, "the archive names an attachment %.80q, which is not a SHA-256", digest).WithHint("run roamctl archive verify")
	}
	return filepath.Join(f.Path, digest[:2], digest), nil
}

// Lock keeps syncs from adding files while an erasure decides which to remove. A
// folder that does not exist needs no lock.
func (f Folder) Lock(ctx context.Context) (unlock func() error, err error) {
	if _, err := os.Stat(f.Path); errors.Is(err, fs.ErrNotExist) {
		return func() error { return nil }, nil
	}
	return fsutil.Lock(ctx, filepath.Join(f.Path, lockName))
}

// prepare creates the folder, and removes what killed syncs left in it.
func (f Folder) prepare() error {
	if err := fsutil.Folder(f.Path); err != nil {
		return err
	}
	left, err := filepath.Glob(filepath.Join(escaped(f.Path), tempName))
	for _, path := range left {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// keep moves a temporary file to its name and notes it in the archive. If it can't
// be noted, because its message was erased meanwhile, the file is removed.
func (f Folder) keep(ctx context.Context, store archive.Store, temp string, a archive.Attachment) (err error) {
	path, err := f.file(a.SHA256)
	if err != nil {
		return err
	}
	if err := fsutil.Folder(filepath.Dir(path)); err != nil {
		return f.fault(err)
	}
	unlock, err := f.Lock(ctx)
	if err != nil {
		return cmp.Or(context.Cause(ctx), f.fault(err))
	}
	defer func() { err = errors.Join(err, unlock()) }()
	_, before := os.Lstat(path)
	if err := fsutil.Rename(temp, path); err != nil {
		return f.fault(err)
	}
	err = store.SetAttachment(context.WithoutCancel(ctx), a)
	if err != nil && errors.Is(before, fs.ErrNotExist) {
		if e := os.Remove(path); e != nil {
			return fault.Wrap(fault.Partial, e, "an attachment that the archive does not have was not removed").WithHint("remove %s", path)
		}
	}
	return err
}

// fault is the error for a folder that can't be written to; nil for nil.
func (f Folder) fault(err error) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(fault.Config, err, "cannot keep attachments in %s", f.Path).
		WithHint("make room or give access, then sync again").WithScope(fault.WholeApp)
}

// Remove removes files. One that is not there is not an error.
func (f Folder) Remove(digests []string) error {
	for _, digest := range digests {
		path, err := f.file(digest)
		if err != nil {
			return err
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fault.Wrap(fault.Partial, err, "cannot remove the attachment %s", digest).WithHint("remove %s", path)
		}
		if err := fsutil.SyncFolder(filepath.Dir(path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fault.Wrap(fault.Partial, err, "cannot remove the attachment %s for good", digest)
		}
	}
	return nil
}

// escaped is a path as a pattern that matches only it.
func escaped(path string) string {
	var b []byte
	for i := range len(path) {
		switch c := path[i]; c {
		case '*', '?', '[':
			b = append(b, '[', c, ']')
		default:
			b = append(b, c)
		}
	}
	return string(b)
}

// damaged is the text for a damaged file.
func damaged(digest, what string) string { return fmt.Sprintf("its attachment %s %s", digest, what) }
