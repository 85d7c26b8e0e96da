// Package backup writes, reads, verifies, packs and prunes backups of messages
// that are about to be deleted. A crash or a full disk never leaves half of a
// backup that looks complete, and Verify finds every changed byte. The format
// is described in docs/backup-format.md.
package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"

	"github.com/klauspost/compress/zstd"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Backup is a backup to read.
type Backup struct {
	path     string
	source   source
	manifest Manifest
	saved    map[attachmentKey]string // names of attachments, nil until one is read
}

// Open reads the manifest of a backup, which is a folder or a .tar.zst, and
// checks the manifest's digest. It does not check the other files: Verify does.
// A missing backup is a fault.NotFound, a changed manifest a DamageError in a
// fault.Safety.
func Open(path string) (*Backup, error) {
	src, err := sourceAt(path)
	if err != nil {
		return nil, err
	}
	m, err := readManifest(path, src, true)
	if err != nil {
		return nil, err
	}
	return &Backup{path: path, source: src, manifest: m}, nil
}

// readManifest reads a backup's manifest, with its lists of files and IDs or
// without.
func readManifest(path string, src source, lists bool) (m Manifest, err error) {
	err = src.read(manifestName, func(r io.Reader) error {
		m, err = decodeManifest(r, lists)
		return err
	})
	if err != nil {
		return Manifest{}, unreadable(path, manifestName, err)
	}
	return m, nil
}

// Manifest returns what the backup contains.
func (b *Backup) Manifest() Manifest { return b.manifest }

// Messages yields the messages in the order in which they were added. An error
// names the line and ends the sequence.
func (b *Backup) Messages() iter.Seq2[roaming.Message, error] {
	return func(yield func(roaming.Message, error) bool) {
		err := b.source.read(messagesName, func(r io.Reader) error {
			d, err := newDecoder(r)
			if err != nil {
				return err
			}
			defer d.Close()
			for m, err := range decodeLines(d, checkMessage) {
				if err != nil {
					return err
				}
				if !yield(m, nil) {
					return errStop
				}
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStop) {
			yield(roaming.Message{}, unreadable(b.path, messagesName, err))
		}
	}
}

// errStop ends the reading of a file that the caller has seen enough of.
var errStop = errors.New("stop")

// DamageError says where a backup is not as it was written: changed, missing,
// added or unreadable. It comes in a fault.Safety.
type DamageError struct {
	Backup  string // the path of the folder or archive
	File    string // the file in it; "" for an archive as such
	Line    int    // from 1; 0 if it is not about one line
	Problem string
}

// Error names the file and, if there is one, the line.
func (e *DamageError) Error() string {
	where := e.File
	if where == "" {
		where = "the archive"
	}
	if e.Line > 0 {
		where = fmt.Sprintf("%s, line %d", where, e.Line)
	}
	return fmt.Sprintf("backup %s: %s: %s", e.Backup, where, e.Problem)
}

func damaged(path, file string, line int, err error) error {
	if errors.Is(err, zstd.ErrMagicMismatch) {
		err = errors.New("it is not compressed with zstd")
	}
	return fault.Wrap(fault.Safety, &DamageError{Backup: path, File: file, Line: line, Problem: err.Error()}, "").
		WithHint("don't rely on it; check an archive of it or another copy: roamctl backup verify PATH")
}

// unreadable returns why a file can't be read, as a DamageError. It does not
// change an error of the context, nor one that is a DamageError already.
func unreadable(path, file string, err error) error {
	_, known := errors.AsType[*DamageError](err)
	switch bad, _ := errors.AsType[*lineError](err); {
	case known || isContextError(err):
		return err
	case errors.Is(err, fs.ErrNotExist):
		return damaged(path, file, 0, errors.New("it is missing"))
	case bad != nil:
		return damaged(path, file, bad.line, bad.err)
	default:
		return damaged(path, file, 0, err)
	}
}

func isContextError(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
