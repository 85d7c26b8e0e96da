package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"iter"
	"path/filepath"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
)

// digest is a SHA-256.
type digest = [sha256.Size]byte

// found is a file in the folder.
type found struct {
	intact bool
	used   bool // by a message
}

// Verify lists files that are missing or changed, and those of no message. It
// holds the digests of all files in memory.
func (f Folder) Verify(ctx context.Context, store archive.Store) iter.Seq2[archive.Damage, error] {
	return func(yield func(archive.Damage, error) bool) {
		all, err := f.read(ctx)
		if err != nil {
			yield(archive.Damage{}, err)
			return
		}
		for a, err := range store.Attachments(ctx, archive.Fetched) {
			if err != nil {
				yield(archive.Damage{}, err)
				return
			}
			if what := f.check(all, a.SHA256); what != "" && !yield(archive.Damage{Message: a.Message, What: damaged(a.SHA256, what)}, nil) {
				return
			}
		}
		for d, file := range all {
			name := hex.EncodeToString(d[:])
			if file.used {
				continue
			}
			if !yield(archive.Damage{What: "the attachment " + name + " is of no message: remove it from " + f.Path}, nil) {
				return
			}
		}
	}
}

// check says what is wrong with a message's file; "" for nothing.
func (f Folder) check(all map[digest]found, name string) string {
	var d digest
	if b, err := hex.DecodeString(name); err != nil || copy(d[:], b) != len(d) {
		return "" // the store's own verification names it
	}
	file, ok := all[d]
	if !ok { // perhaps a sync has just fetched it
		path, err := f.file(name)
		if err == nil {
			var sum digest
			sum, err = sumOf(path)
			file, ok = found{intact: sum == d}, err == nil
		}
		if !ok {
			return "is missing in " + f.Path
		}
	}
	file.used = true
	all[d] = file
	if !file.intact {
		return "has changed since it was fetched"
	}
	return ""
}

// read reads all files.
func (f Folder) read(ctx context.Context) (map[digest]found, error) {
	all := map[digest]found{}
	err := filepath.WalkDir(f.Path, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
		var d digest
		if own, err := f.file(entry.Name()); err != nil || own != path {
			return nil //nolint:nilerr // not one of the archive's files
		}
		if _, err := hex.Decode(d[:], []byte(entry.Name())); err != nil {
			return err
		}
		sum, err := sumOf(path)
		if errors.Is(err, fs.ErrNotExist) { // erased meanwhile
			return nil
		}
		if err != nil {
			return fault.Wrap(fault.Config, err, "cannot read the attachment %s", path)
		}
		all[d] = found{intact: sum == d}
		return nil
	})
	return all, err
}

// Copy writes a file to w. A file that has changed is a fault.Safety, after its
// bytes. A missing one is an fs.ErrNotExist.
func (f Folder) Copy(w io.Writer, sha string) error {
	path, err := f.file(sha)
	if err != nil {
		return err
	}
	sum, err := copyFile(w, path)
	if err == nil && hex.EncodeToString(sum[:]) != sha {
		return fault.New(fault.Safety, "the attachment %s has changed since it was fetched", path).WithHint("roamctl archive verify lists what is damaged")
	}
	return err
}

// sumOf is the SHA-256 of a file.
func sumOf(path string) (digest, error) { return copyFile(io.Discard, path) }

// copyFile writes a file to w, and returns its SHA-256.
func copyFile(w io.Writer, path string) (sum digest, err error) {
	in, err := fsutil.Open(path)
	if err != nil {
		return sum, err
	}
	defer in.Close()
	hash := sha256.New()
	if _, err := io.Copy(io.MultiWriter(w, hash), in); err != nil {
		return sum, err
	}
	return digest(hash.Sum(nil)), nil
}
