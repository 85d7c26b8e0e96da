package export

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

// Verified is the result of a check of an export.
type Verified struct {
	Header

	Totals

	// Incomplete are the conversations that the service refused, by the
	// manifest. That is no damage.
	Incomplete []Refusal `json:"incomplete"`

	Digest  string   `json:"digest"`
	Damaged []Damage `json:"damaged"` // empty if nothing changed
}

// Refusal is a conversation that the service refused, or the rest of which it
// refused, and why.
type Refusal struct {
	roaming.Ref

	Reason string `json:"reason"`
}

// Damage is a difference between an export and its manifest.
type Damage struct {
	Path   string `json:"path"` // below the folder; "" for the export as a whole
	Reason string `json:"reason"`
}

// Verify reads an export, offline, and finds every byte that changed: the
// manifest against its digest, the size and SHA-256 of every file, missing and
// added files, and the records against the numbers of their conversations. It
// returns a fault.Safety if there is damage, or if the manifest can't be
// trusted. OnDamage, if not nil, is called with each damage as it is found.
//
// It finds damage and careless edits. Somebody who rewrites a whole export can
// make it consistent again: compare the digest with the one that was noted when
// it was made.
func Verify(ctx context.Context, dir string, onDamage func(Damage)) (Verified, error) {
	tmp, err := os.MkdirTemp("", "roamctl-verify-")
	if err != nil {
		return Verified{}, fault.Wrap(fault.Config, err, "cannot verify %s", dir)
	}
	v := &verifier{dir: dir, onDamage: onDamage, damaged: map[string]bool{}, pending: map[roaming.Ref]*run.Conversation{}}
	v.result.Damaged, v.result.Incomplete = []Damage{}, []Refusal{}
	err = v.run(ctx, tmp)
	return v.result, errors.Join(err, os.RemoveAll(tmp))
}

// verifier compares a folder with its manifest. Either may exceed the memory, so
// the manifest is kept in one database and what the files hold in another.
type verifier struct {
	dir            string
	manifest, held *run.DB
	result         Verified
	onDamage       func(Damage)
	damaged        map[string]bool                   // paths of damaged files, before parts are numbered
	pending        map[roaming.Ref]*run.Conversation // counted, not yet in held
}

func (v *verifier) run(ctx context.Context, tmp string) (err error) {
	if v.manifest, err = run.CreateTemporary(ctx, filepath.Join(tmp, "manifest.db")); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.manifest.Close()) }()
	if v.held, err = run.CreateTemporary(ctx, filepath.Join(tmp, "held.db")); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.held.Close()) }()
	x := Exporter{Dir: v.dir}
	holder, err := x.lockHolder()
	if err != nil {
		return err
	}
	if holder != "" {
		return fault.New(fault.Safety, "run %s has not finished its export to %s", holder, v.dir).
			WithHint("finish it first: roamctl runs resume %s", holder)
	}
	m, err := readManifest(ctx, x.manifest(), func(Header) error { return nil }, v.manifest)
	if err != nil {
		return err
	}
	if m.digest == noManifest {
		return fault.New(fault.NotFound, "there is no export in %s: it has no %s", v.dir, ManifestName)
	}
	v.result.Header, v.result.Totals, v.result.Digest = m.header, m.totals, m.digest
	for _, check := range []func(context.Context) error{v.checkFiles, v.checkConversations, v.findUnknownFiles} {
		if err := check(ctx); err != nil {
			return err
		}
	}
	if n := len(v.result.Damaged); n > 0 {
		return fault.New(fault.Safety, "the export in %s is damaged in %s", v.dir, render.Count(n, "place")).
			WithHint("restore the files from a copy and move added ones away, or export to another folder")
	}
	return nil
}

func (v *verifier) damage(path string, err error) {
	d := Damage{Path: path, Reason: err.Error()}
	v.result.Damaged = append(v.result.Damaged, d)
	if v.onDamage != nil {
		v.onDamage(d)
	}
}

// checkFiles checks every file and counts its records.
func (v *verifier) checkFiles(ctx context.Context) error {
	for f, err := range v.manifest.Files(ctx, "") {
		if err != nil {
			return err
		}
		if err := v.checkFile(ctx, f); err != nil {
			v.damage(f.Path, err)
			v.damaged[f.Volume] = true
		}
	}
	return v.flush(ctx)
}

func (v *verifier) checkFile(ctx context.Context, want run.File) error {
	if !filepath.IsLocal(filepath.FromSlash(want.Path)) {
		return errors.New("its path leaves the folder")
	}
	f, err := fsutil.Open(filepath.Join(v.dir, filepath.FromSlash(want.Path)))
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("it is missing")
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	sum := sha256.New()
	r := io.TeeReader(io.LimitReader(f, want.Bytes), sum)
	var records int
	var content int64
	var problem error
	if v.result.Records != Parquet {
		zst := strings.HasSuffix(v.result.Template, compressed) // a user's name may end like that, too
		records, content, problem = v.countRecords(ctx, textRecords(ctx, r, zst, v.result.Records), want.Volume)
	}
	if _, err := io.Copy(io.Discard, r); err != nil { // what the decoder left
		return err
	}
	same := hex.EncodeToString(sum.Sum(nil)) == want.SHA256
	if v.result.Records == Parquet && same && info.Size() == want.Bytes {
		records, content, problem = v.countRecords(ctx, parquetRecords(ctx, f, want.Bytes), want.Volume)
	}
	switch size := info.Size(); {
	case size > want.Bytes && same:
		return fmt.Errorf("it has %d bytes, and the first %d are those of the manifest: a discarded run may have added the rest; "+
			"to export again, keep a copy and truncate it to %d bytes", size, want.Bytes, want.Bytes)
	case size != want.Bytes:
		return fmt.Errorf("it was changed: it has %d bytes and had %d", size, want.Bytes)
	case !same:
		return errors.New("it was changed: its SHA-256 is not the manifest's")
	case problem != nil:
		return problem
	case records != want.Records || content != want.Content:
		return fmt.Errorf("it has %d records in %d bytes, and the manifest says %d in %d", records, content, want.Records, want.Content)
	}
	return nil
}

// countRecords counts a file's records, by conversation, and the bytes of its
// content. The cells of a table are not the exact texts: it counts rows only.
func (v *verifier) countRecords(ctx context.Context, all iter.Seq2[recordInfo, error], volume string) (n int, content int64, err error) {
	for record, err := range all {
		if err == nil && v.result.Records != CSV {
			err = v.count(ctx, record, volume)
		}
		if err != nil {
			return n, content, err
		}
		n, content = n+1, record.end
	}
	return n, content, nil
}

// count adds a record of a file to its conversation.
func (v *verifier) count(ctx context.Context, r recordInfo, volume string) error {
	c := v.pending[r.ref()]
	if c == nil {
		if len(v.pending) >= loadBatch {
			if err := v.flush(ctx); err != nil {
				return err
			}
		}
		found, _, err := v.held.Conversation(ctx, r.ref())
		if err != nil {
			return err
		}
		c = &found
		v.pending[r.ref()] = c
	}
	c.Volume = volume
	count(c, r)
	return nil
}

// flush writes the counted conversations to the database.
func (v *verifier) flush(ctx context.Context) error {
	var all []run.Conversation
	for _, c := range v.pending {
		all = append(all, *c)
	}
	clear(v.pending)
	return v.held.Load(ctx, nil, all)
}
