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

// source is where the files of a backup are: a folder or an archive.
type source interface {
	// walk hands over every file that there is, the manifest first, named as
	// in the manifest.
	walk(ctx context.Context, visit visitor) error
	// open opens one file; fs.ErrNotExist when there is none of the name.
	open(name string) (io.ReadCloser, error)
}

// visitor is given a file: its name in the manifest, its size, its content.
type visitor func(name string, size int64, r io.Reader) error

// sourceAt tells what is at a path.
func sourceAt(path string) (source, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault.New(fault.NotFound, "there is no backup at %s", path).
			WithHint("roamctl backup list shows those that there are")
	case err != nil:
		return nil, fault.Wrap(fault.NotFound, err, "the backup can't be read")
	case isPartial(filepath.Base(path)):
		return nil, fault.New(fault.Safety, "%s is what an interrupted run left behind, and no backup", path).
			WithHint("roamctl backup prune removes it once it is old")
	case info.IsDir():
		return folder(path), nil
	case info.Mode().IsRegular():
		return archive(path), nil
	default:
		return nil, fault.New(fault.NotFound, "%s is neither a folder nor an archive", path)
	}
}

// folder is a backup as it is written.
type folder string

func (f folder) open(name string) (io.ReadCloser, error) {
	root, err := os.OpenRoot(string(f))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return fsutil.OpenIn(root, filepath.FromSlash(name))
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
		return visit(name, info.Size(), readerOf(ctx, file))
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
			return damaged(string(f), name, 0, errors.New("it is no part of the backup, and not a regular file"))
		}
		return open(name)
	})
}

// readerOf ends reading when ctx ends.
func readerOf(ctx context.Context, r io.Reader) io.Reader {
	return readerFunc(func(b []byte) (int, error) {
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		return r.Read(b)
	})
}

type readerFunc func([]byte) (int, error)

// Read calls the function.
func (f readerFunc) Read(b []byte) (int, error) { return f(b) }
