package backup

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
)

// source is a folder or an archive with the files of a backup.
type source interface {
	// walk visits every file, the manifest first.
	walk(ctx context.Context, visit visitor) error
	// read calls content with one file. A missing one is an fs.ErrNotExist.
	read(name string, content func(io.Reader) error) error
}

// visitor gets a file's name in the manifest, its size and its content.
type visitor func(name string, size int64, r io.Reader) error

func sourceAt(path string) (source, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault.New(fault.NotFound, "backup %s not found", path).WithHint("roamctl backup list shows the backups")
	case err != nil:
		return nil, fault.Wrap(fault.NotFound, err, "cannot read the backup")
	case isPartial(filepath.Base(path)):
		return nil, fault.New(fault.Safety, "%s is the leftover of an interrupted run, not a backup", path).
			WithHint("roamctl backup prune removes it once it is old")
	case info.IsDir():
		return folder(path), nil
	case info.Mode().IsRegular():
		return archive(path), nil
	default:
		return nil, fault.New(fault.NotFound, "%s is neither a folder nor an archive", path)
	}
}

// folder is a backup that is not packed.
type folder string

func (f folder) read(name string, content func(io.Reader) error) error {
	root, err := os.OpenRoot(string(f))
	if err != nil {
		return err
	}
	defer root.Close()
	file, err := fsutil.OpenIn(root, filepath.FromSlash(name))
	if err != nil {
		return err
	}
	defer file.Close()
	return content(file)
}

func (f folder) walk(ctx context.Context, visit visitor) error {
	root, err := os.OpenRoot(string(f))
	if err != nil {
		return err
	}
	defer root.Close()
	open := func(name string) error {
		file, err := fsutil.OpenIn(root, filepath.FromSlash(name))
		if err != nil {
			return unreadable(string(f), name, err)
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil {
			return err
		}
		return visit(name, info.Size(), contextReader{ctx, file})
	}
	if err := open(manifestName); err != nil {
		return err
	}
	return fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name == "." || name == manifestName || d.IsDir() && name == attachmentsDir {
			return nil
		}
		if !d.Type().IsRegular() {
			return damaged(string(f), name, 0, errors.New("it is not part of the backup, and not a regular file"))
		}
		return open(name)
	})
}

// contextReader fails when ctx ends.
type contextReader struct {
	ctx context.Context //nolint:containedctx // of the reading
	r   io.Reader
}

// Read implements io.Reader.
func (c contextReader) Read(b []byte) (int, error) {
	if err := context.Cause(c.ctx); err != nil {
		return 0, err
	}
	return c.r.Read(b)
}
