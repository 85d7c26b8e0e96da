package config

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/textfile"
)

// maxFile is the size above which a file is not a configuration.
const maxFile = 1 << 20

// file is the configuration file on disk.
type file struct{ path string }

// read returns the document, an empty one when there is no file.
func (f file) read() (*document, error) {
	raw, err := textfile.ReadFile(f.path, maxFile, fault.Config, "reading the configuration")
	if errors.Is(err, fs.ErrNotExist) {
		return parseDocument(f.path, nil)
	}
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(f.path)
	if err != nil {
		return nil, fault.Wrap(fault.Config, err, "cannot read the configuration")
	}
	d, err := parseDocument(f.path, raw)
	if err != nil {
		return nil, err
	}
	d.exists, d.shared = true, runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0
	return d, nil
}

// edit changes the file, one process at a time.
func (f file) edit(change func(*document) error) (err error) {
	if err := fsutil.Folder(filepath.Dir(f.path)); err != nil {
		return fault.Wrap(fault.Config, err, "cannot write the configuration")
	}
	unlock, err := fsutil.Lock(context.Background(), f.path+".lock")
	if err != nil {
		return fault.Wrap(fault.Config, err, "cannot lock the configuration").WithHint("%s", fault.HintOf(err))
	}
	defer func() { err = errors.Join(err, unlock()) }()
	d, err := f.read()
	if err != nil {
		return err
	}
	if err := change(d); err != nil {
		return err
	}
	text, err := d.encode()
	if err != nil {
		return fmt.Errorf("encoding the configuration: %w", err)
	}
	if _, err := parseDocument(f.path, text); err != nil {
		return fault.Wrap(fault.Config, err, "the change would break the configuration, perhaps by removing a YAML anchor that is in use")
	}
	path := f.path
	if target, linkErr := filepath.EvalSymlinks(path); linkErr == nil { // a symbolic link stays one
		path = target
	}
	if err := fsutil.Replace(path, text); err != nil {
		return fault.Wrap(fault.Config, err, "cannot write the configuration")
	}
	return nil
}
