package export

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

// Reader reads the records of an export.
type Reader struct {
	dir      string
	tmp      string
	manifest manifest
	db       *run.DB // of the manifest
}

// OpenReader reads the manifest of an export. It is a fault.NotFound if there is none,
// and a fault.Safety if it is damaged or an export has not finished. Other formats than NDJSON
// are a fault.Usage.
func OpenReader(ctx context.Context, dir string) (_ *Reader, err error) {
	x := Exporter{Dir: dir}
	holder, err := x.lockHolder()
	if err != nil {
		return nil, err
	}
	if holder != "" {
		return nil, fault.New(fault.Safety, "run %s has not finished its export to %s", holder, dir).
			WithHint("finish it first: roamctl runs resume %s", holder)
	}
	r := &Reader{dir: dir}
	if r.tmp, err = os.MkdirTemp("", "roamctl-export-"); err != nil {
		return nil, fault.Wrap(fault.Config, err, "cannot read the export in %s", dir)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close())
		}
	}()
	if r.db, err = run.CreateTemporary(ctx, filepath.Join(r.tmp, "manifest.db")); err != nil {
		return nil, err
	}
	r.manifest, err = readManifest(ctx, x.manifest(), func(Header) error { return nil }, r.db)
	switch {
	case err != nil:
		return nil, err
	case r.manifest.digest == noManifest:
		return nil, fault.New(fault.NotFound, "there is no export in %s: it has no %s", dir, ManifestName)
	case r.manifest.header.Records != NDJSON:
		return nil, fault.New(fault.Usage, "the export in %s is %s, and only NDJSON can be read", dir, strings.ToUpper(string(r.manifest.header.Records))).
			WithHint("export again with --format ndjson, to another folder")
	}
	return r, nil
}

// Header returns the options of the export.
func (r *Reader) Header() Header { return r.manifest.header }

// Users yields the users of the export.
func (r *Reader) Users(ctx context.Context) iter.Seq2[string, error] { return r.db.Users(ctx) }

// Conversation returns what the manifest says of a conversation, and whether it is in
// the export.
func (r *Reader) Conversation(ctx context.Context, ref roaming.Ref) (run.Conversation, bool, error) {
	return r.db.Conversation(ctx, ref)
}

// Records yields the records of a user. A file that is not as the manifest says is a
// fault.Safety, after its records.
func (r *Reader) Records(ctx context.Context, user string) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		read := map[string]bool{"": true}
		for c, err := range r.db.Conversations(ctx, user) {
			if err != nil {
				yield(Record{}, err)
				return
			}
			if read[c.Volume] {
				continue
			}
			read[c.Volume] = true
			for f, err := range r.db.Files(ctx, c.Volume) {
				if err == nil {
					err = r.file(ctx, f, user, yield)
				}
				if errors.Is(err, errStopped) {
					return
				}
				if err != nil {
					yield(Record{}, err)
					return
				}
			}
		}
	}
}

// errStopped is the error of a caller that wants no more.
var errStopped = errors.New("stopped")

// file yields the records that a file has of a user, and compares the file with the
// manifest.
func (r *Reader) file(ctx context.Context, want run.File, user string, yield func(Record, error) bool) error {
	damaged := func(err error) error {
		return fault.Wrap(fault.Safety, err, "%s of the export in %s is damaged", want.Path, r.dir).
			WithHint("roamctl messages export verify lists all damage")
	}
	if !filepath.IsLocal(filepath.FromSlash(want.Path)) {
		return damaged(errors.New("its path leaves the folder"))
	}
	f, err := fsutil.Open(filepath.Join(r.dir, filepath.FromSlash(want.Path)))
	if err != nil {
		return damaged(err)
	}
	defer f.Close()
	sum := sha256.New()
	content := io.TeeReader(io.LimitReader(f, want.Bytes), sum)
	for info, err := range textRecords(ctx, content, strings.HasSuffix(r.manifest.header.Template, compressed), NDJSON) {
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			return damaged(err)
		case info.User != user:
			continue
		}
		record, err := DecodeRecord(info.line)
		if err != nil {
			return damaged(err)
		}
		if !yield(record, nil) {
			return errStopped
		}
	}
	if _, err := io.Copy(io.Discard, content); err != nil { // what the decoder left
		return damaged(err)
	}
	if hex.EncodeToString(sum.Sum(nil)) != want.SHA256 {
		return damaged(errors.New("its SHA-256 is not the manifest's"))
	}
	return nil
}

// Close removes temporary files.
func (r *Reader) Close() error {
	var err error
	if r.db != nil {
		err = r.db.Close()
	}
	return errors.Join(err, os.RemoveAll(r.tmp))
}
