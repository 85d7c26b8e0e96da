package export

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/ledger"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Verified is what a check of an export came to.
type Verified struct {
	Header

	Totals

	// Incomplete are the conversations that the service refused, as far as the
	// manifest says. That is no damage.
	Incomplete []Refusal `json:"incomplete"`

	Digest  string  `json:"digest"`
	Damaged []Wrong `json:"damaged"` // nothing when all is as it was written
}

// Refusal is a conversation that the service did not hand out, or not whole, and why.
type Refusal struct {
	roaming.Ref

	Reason string `json:"reason"`
}

// Wrong is something in an export that is not as it was written.
type Wrong struct {
	Path   string `json:"path"` // below the folder; "" for the export as a whole
	Reason string `json:"reason"`
}

// Verify reads all of an export, offline, and finds every byte that is not as
// it was written: the manifest against its digest, the size and SHA-256 of
// every file, files that are missing or were added, the records against the
// numbers and marks of their conversations. A folder whose manifest can't be
// trusted is a fault.Safety; what else is wrong is listed, heard of as it is
// found, and a fault.Safety, too.
//
// It tells damage and careless edits; somebody who rewrites a whole export can
// make it consistent again. Compare the digest with the one that was noted when
// it was made.
func Verify(ctx context.Context, dir string, heard func(Wrong)) (Verified, error) {
	tmp, err := os.MkdirTemp("", "roamctl-verify-")
	if err != nil {
		return Verified{}, fault.Wrap(fault.Config, err, "verifying %s", dir)
	}
	v := &verifier{dir: dir, heard: heard, damaged: map[string]bool{}}
	v.result.Damaged, v.result.Incomplete = []Wrong{}, []Refusal{}
	err = v.run(ctx, tmp)
	return v.result, errors.Join(err, os.RemoveAll(tmp))
}

// verifier compares a folder with its manifest. What the manifest says and what
// the files hold are kept in a ledger each: there may be more of it than fits
// in memory.
type verifier struct {
	dir         string
	says, holds *ledger.Ledger
	result      Verified
	heard       func(Wrong)
	counted     counted
	damaged     map[string]bool // volumes whose files are not as they were
}

func (v *verifier) run(ctx context.Context, tmp string) (err error) {
	if v.says, err = ledger.OpenTemporary(ctx, filepath.Join(tmp, "says.db")); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.says.Close()) }()
	if v.holds, err = ledger.OpenTemporary(ctx, filepath.Join(tmp, "holds.db")); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.holds.Close()) }()
	x := Exporter{Dir: v.dir}
	run, err := x.claimed()
	if err != nil {
		return err
	}
	if run != "" {
		return fault.New(fault.Safety, "run %s has not finished its export to %s", run, v.dir).
			WithHint("finish it first: roamctl runs resume %s", run)
	}
	if err := v.load(ctx, x.manifest()); err != nil {
		return err
	}
	for _, check := range []func(context.Context) error{v.files, v.conversations, v.strangers} {
		if err := check(ctx); err != nil {
			return err
		}
	}
	if n := len(v.result.Damaged); n > 0 {
		return fault.New(fault.Safety, "the export in %s is not as it was written; things that are wrong: %d", v.dir, n)
	}
	return nil
}

// load reads the manifest.
func (v *verifier) load(ctx context.Context, path string) (err error) {
	into := loader{ledger: v.says}
	v.result.Digest, err = readManifest(path, func(e entry) error {
		if e.Header != nil {
			v.result.Header = *e.Header
		}
		if e.Totals != nil {
			v.result.Totals = *e.Totals
		}
		if e.Conversation != nil && e.Conversation.Refused != "" {
			v.result.Incomplete = append(v.result.Incomplete, Refusal{e.Conversation.Ref, e.Conversation.Refused})
		}
		return into.take(ctx, e)
	})
	if err == nil && v.result.Digest == "" {
		return fault.New(fault.NotFound, "there is no export in %s: it has no %s", v.dir, ManifestName)
	}
	if err == nil {
		err = into.flush(ctx)
	}
	return err
}

// files checks every file.
func (v *verifier) files(ctx context.Context) error {
	for f, err := range v.says.Files(ctx, "") {
		if err == nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		if err := v.file(ctx, f); err != nil {
			v.wrong(f.Path, err)
			v.damaged[f.Volume] = true
		}
	}
	return v.counted.flush(ctx, v.holds)
}

func (v *verifier) wrong(path string, err error) {
	w := Wrong{Path: path, Reason: err.Error()}
	v.result.Damaged = append(v.result.Damaged, w)
	if v.heard != nil {
		v.heard(w)
	}
}

// file checks one file and counts its records.
func (v *verifier) file(ctx context.Context, want ledger.File) error {
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
	sum := &summing{r: f, hash: sha256.New(), left: want.Bytes}
	records, content, problem := v.records(ctx, sum)
	if _, err := io.Copy(io.Discard, sum); err != nil {
		return err
	}
	same := hex.EncodeToString(sum.hash.Sum(nil)) == want.SHA256
	if sum.n > want.Bytes && same {
		return fmt.Errorf("it goes on behind its first %d bytes, which are as they were: export again, or cut it, if a run was given up", want.Bytes)
	}
	if sum.n != want.Bytes {
		return fmt.Errorf("it was changed: it has %d bytes and had %d", sum.n, want.Bytes)
	}
	if !same {
		return errors.New("it was changed: its SHA-256 is not the manifest's")
	}
	if problem != nil {
		return problem
	}
	if records != want.Records || content != want.Content {
		return fmt.Errorf("it has %d records in %d bytes, and the manifest says %d in %d", records, content, want.Records, want.Content)
	}
	return nil
}

// summing sums what is read, as far as left says, and counts all of it.
type summing struct {
	r    io.Reader
	hash hash.Hash
	left int64
	n    int64
}

// Read reads and sums.
func (s *summing) Read(b []byte) (int, error) {
	n, err := s.r.Read(b)
	s.n += int64(n)
	sum := min(int64(n), s.left)
	s.left -= sum
	s.hash.Write(b[:sum])
	return n, err
}
