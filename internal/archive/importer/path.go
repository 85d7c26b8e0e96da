package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/roamctl/roamctl/internal/archive/historyfile"
	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/export"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
)

const (
	backupManifest = "manifest.json"
	packedBackup   = ".tar.zst"
)

// Import imports a file, or all that is in a folder. A path that does not exist
// is a fault.NotFound. OnFile is called with files that can't be read.
func (i *Importer) Import(ctx context.Context, path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return fault.File(fault.Config, err, "cannot import %s", path)
	case info.IsDir():
		return i.folder(ctx, path)
	case strings.HasSuffix(path, packedBackup):
		return i.backup(ctx, path)
	}
	return i.file(ctx, path, occurrences{})
}

// folder imports a backup, an export, or a folder that has some of either.
func (i *Importer) folder(ctx context.Context, path string) error {
	if has(path, backupManifest) {
		return i.backup(ctx, path)
	}
	if has(path, export.ManifestName) {
		return i.export(ctx, path)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return fault.Wrap(fault.Config, err, "cannot import %s", path)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if err := i.Import(ctx, filepath.Join(path, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

func has(dir, name string) bool {
	info, err := os.Lstat(filepath.Join(dir, name))
	return err == nil && info.Mode().IsRegular()
}

// export imports the files of an export. Messages without an ID are counted by
// the conversation, which may be in several files.
func (i *Importer) export(ctx context.Context, dir string) error {
	header, err := export.ReadHeader(dir)
	if err == nil {
		err = i.foreign(header.AppKey)
	}
	if err == nil && header.Redacted != nil {
		err = fmt.Errorf("it is %s: an archive has messages as they were", header.Redacted)
	}
	if err != nil {
		return i.refuse(dir, Export, err)
	}
	all := occurrences{}
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fault.Wrap(fault.Config, err, "cannot import %s", dir)
		case e.IsDir() && path != dir && strings.HasPrefix(e.Name(), "."):
			return fs.SkipDir // an unfinished run's
		case e.IsDir() || path == filepath.Join(dir, export.ManifestName):
			return nil
		case !e.Type().IsRegular():
			return i.refuse(path, "", errors.New("it is not a regular file"))
		}
		return i.file(ctx, path, all)
	})
}

// backup imports the messages of a backup and then checks all of it.
func (i *Importer) backup(ctx context.Context, path string) error {
	b, err := backup.Open(path)
	if err == nil {
		err = i.foreign(b.Manifest().AppKey)
	}
	if err != nil {
		return i.refuse(path, Backup, err)
	}
	user := b.Manifest().User
	return i.read(ctx, path, Backup, func(yield func(record, error) bool) {
		all := occurrences{}
		for m, err := range b.Messages() {
			var r record
			if err == nil {
				r, err = all.record(roaming.Ref{User: user, Conversation: m.Conversation, Type: m.ChatType}, user, m)
			}
			if !yield(r, err) || err != nil {
				return
			}
		}
		if _, err := backup.Verify(ctx, path); err != nil {
			yield(record{}, err)
		}
	})
}

// file imports a history file or a file of NDJSON.
func (i *Importer) file(ctx context.Context, path string, all occurrences) error {
	kind, err := sniff(path)
	if err != nil {
		return i.refuse(path, kind, err)
	}
	f, err := fsutil.Open(path)
	if err != nil {
		return i.refuse(path, kind, err)
	}
	defer f.Close()
	if kind == HistoryFile {
		return i.read(ctx, path, kind, historyMessages(f))
	}
	return i.read(ctx, path, kind, all.export(f))
}

func historyMessages(f io.Reader) records {
	return func(yield func(record, error) bool) {
		text, done, err := decompressed(f)
		if err != nil {
			yield(record{}, err)
			return
		}
		defer done()
		for m, err := range historyfile.Read(text) {
			if !yield(record{Message: m}, err) {
				return
			}
		}
	}
}
