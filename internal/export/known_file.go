package export

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
	"github.com/roamctl/roamctl/internal/run/engine"
)

// An export replaces a file only if the manifest lists it with its size, or if
// the run itself wrote it before it was interrupted. The messages in any other
// file may no longer be on the service.

// noteWriting, with a path, is the name of a note with the SHA-256 of each file
// that the run renamed, or was about to rename, to that path.
const noteWriting = "writing "

func (x *Exporter) filePath(path string) string {
	return filepath.Join(x.Dir, filepath.FromSlash(path))
}

// checkListed refuses an export in which a listed file is missing or has another
// size.
func (x *Exporter) checkListed(ctx context.Context) error {
	var first error
	more := 0
	for f, err := range x.DB.Files(ctx, "") {
		if err != nil {
			return err
		}
		switch damage, err := x.damageOf(ctx, f); {
		case err != nil:
			return err
		case damage != nil && first == nil:
			first = fmt.Errorf("%s: %w", f.Path, damage)
		case damage != nil:
			more++
		}
	}
	if first == nil {
		return nil
	}
	what := fmt.Sprintf("cannot add to the export in %s", x.Dir)
	if more > 0 {
		what += fmt.Sprintf(": %d files are missing or changed, such as", more+1)
	}
	return fault.Wrap(fault.Safety, first, "%s", what).
		WithHint("%s; roamctl messages export verify lists all damage", restoreHint)
}

const restoreHint = "restore the file from a copy, or export to another folder"

// damageOf returns what is wrong with a listed file, by its size; nil for
// nothing.
func (x *Exporter) damageOf(ctx context.Context, f run.File) (damage, err error) {
	info, err := os.Stat(x.filePath(f.Path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("it is missing"), nil
	case err != nil:
		return err, nil
	case !info.Mode().IsRegular():
		return errors.New("it is not a regular file"), nil
	case info.Size() == f.Bytes:
		return nil, nil
	}
	if own, err := x.wroteItself(ctx, f.Path); own || err != nil {
		return nil, err
	}
	return fmt.Errorf("it has %d bytes, and the manifest says %d", info.Size(), f.Bytes), nil
}

// wroteItself reports whether this run wrote the file at a path.
func (x *Exporter) wroteItself(ctx context.Context, path string) (bool, error) {
	sums, err := x.DB.Note(ctx, noteWriting+path)
	if err != nil || sums == "" {
		return false, err
	}
	f, err := fsutil.Open(x.filePath(path))
	if err != nil { // missing, or not regular, as the run's files are
		return false, nil
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return false, err
	}
	return slices.Contains(strings.Fields(sums), hex.EncodeToString(sum.Sum(nil))), nil
}

// checkOutput refuses to export to a path at which there is a file that is not
// listed.
func (x *Exporter) checkOutput(ctx context.Context, volume string) error {
	listed := 0
	for _, err := range x.DB.Files(ctx, volume) {
		if err != nil {
			return err
		}
		listed++
	}
	switch {
	case x.Format == Parquet: // the months are unknown; allowReplace checks each file
		return nil
	case x.PartSize > 0:
		return x.checkUnlisted(ctx, part(volume, listed+1))
	case listed == 0:
		return x.checkUnlisted(ctx, volume)
	}
	return nil
}

// checkUnlisted refuses a file, link or folder at a path that is not listed,
// unless the run wrote it.
func (x *Exporter) checkUnlisted(ctx context.Context, path string) error {
	if _, err := os.Lstat(x.filePath(path)); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	if own, err := x.wroteItself(ctx, path); own || err != nil {
		return err
	}
	return unlistedError(x.filePath(path))
}

func unlistedError(path string) error {
	return fault.New(fault.Safety, "%s exists, and the manifest does not list it: move it away, or restore the manifest that lists it", path).
		WithHint("or export to another folder")
}

// allowReplace refuses to replace a file that is neither listed nor written by
// the run. It records that the run is about to write the new one.
func (x *Exporter) allowReplace(ctx context.Context, listed *run.File, path, sum string) error {
	var err error
	if listed == nil {
		err = x.checkUnlisted(ctx, path)
	} else if damage, e := x.damageOf(ctx, *listed); damage != nil {
		err = changedError(path, damage)
	} else {
		err = e
	}
	if fault.KindOf(err) == fault.Safety {
		return engine.Fatal(err) // the messages stay in the temporary files
	}
	if err != nil {
		return err
	}
	sums, err := x.DB.Note(ctx, noteWriting+path)
	if err != nil || slices.Contains(strings.Fields(sums), sum) {
		return err
	}
	return x.DB.SetNote(ctx, noteWriting+path, strings.TrimSpace(sums+" "+sum))
}

// checkWithoutManifest refuses a folder that has no manifest and has a file,
// link or folder with the name of an output file.
func (x *Exporter) checkWithoutManifest(ctx context.Context) error {
	names := x.Template.patterns()
	return fs.WalkDir(os.DirFS(x.Dir), ".", func(path string, d fs.DirEntry, err error) error {
		depth := strings.Count(path, "/")
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case path == ".":
			return err
		case strings.HasPrefix(path, "."): // no output file, but perhaps .export
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case err != nil: // each file is checked again before it is written
			return fs.SkipDir
		case names[depth].MatchString(d.Name()) && depth == len(names)-1:
			return fault.New(fault.Safety, "%s exists, and %s has no %s that lists it", x.filePath(path), x.Dir, ManifestName).
				WithHint("restore the manifest, move the files away, or export to another folder")
		case d.IsDir() && (depth == len(names)-1 || !names[depth].MatchString(d.Name())):
			return fs.SkipDir
		}
		return nil
	})
}

// checkOutputs checks the output file of each conversation, before any is
// fetched.
func (x *Exporter) checkOutputs(ctx context.Context, newest map[roaming.Ref]roaming.MessageID) error {
	checked := map[string]bool{}
	for ref := range newest {
		path := x.Template.path(ref)
		if checked[path] {
			continue
		}
		checked[path] = true
		if err := x.checkOutput(ctx, path); err != nil {
			return diskError(err)
		}
	}
	return nil
}
