package export

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"

	"github.com/klauspost/compress/zstd"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/redact"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Notes in a run's database about the manifest: the digest and the totals of the
// one that was there when the run began, and the digest of the one that is about
// to replace it.
const (
	noteBefore = "manifest before"
	noteAfter  = "manifest after"
	noteTotals = "manifest totals before"
)

// Open locks a folder for a run. A new run reads the manifest into its database.
// A fault.Safety refuses a folder that another run has locked, that has exports
// with other options or of another app, that changed since the run was
// interrupted, that lacks a listed file, or that has output files and no manifest.
func (x *Exporter) Open(ctx context.Context, runID string, header Header) error {
	header.Format, header.Template, header.Records = manifestFormat, x.Template.String(), x.Format
	header.Parts, header.Raw = x.PartSize > 0 || x.Format == Parquet, x.KeepRaw
	header.Since = roaming.Time{Time: x.Since}
	if x.Redactor != nil {
		redacted := x.Redactor.Header()
		header.Redacted, x.Service = &redacted, x.Redactor.Service(x.Service)
	}
	x.header, x.runID = header, runID
	x.compressors = make(chan *zstd.Encoder, runtime.GOMAXPROCS(0))
	for range cap(x.compressors) {
		x.compressors <- nil
	}
	before, err := x.DB.Note(ctx, noteBefore)
	if err != nil {
		return err
	}
	holder, err := x.lockHolder()
	if err == nil {
		err = x.lock()
	}
	if err != nil {
		return err
	}
	if before == "" {
		err = x.begin(ctx)
	} else {
		err = x.resume(ctx, before, holder == runID)
	}
	if err == nil {
		err = x.checkListed(ctx)
	}
	if err != nil && (before == "" || holder != runID) { // nothing was fetched
		err = errors.Join(err, x.unlock())
	}
	return err
}

// begin reads the manifest into the database of a new run.
func (x *Exporter) begin(ctx context.Context) error {
	m, err := readManifest(ctx, x.manifest(), x.checkHeader, x.DB)
	if err != nil {
		return err
	}
	if m.digest == noManifest {
		if err := x.checkWithoutManifest(ctx); err != nil {
			return err
		}
	}
	b, err := json.Marshal(m.totals)
	if err != nil {
		return err
	}
	if err := x.DB.SetNote(ctx, noteTotals, string(b)); err != nil {
		return err
	}
	return x.DB.SetNote(ctx, noteBefore, m.digest)
}

// resume checks that the folder is as the interrupted run left it: locked and
// with the manifest that was there when the run began, or with the manifest that
// the run wrote itself.
func (x *Exporter) resume(ctx context.Context, before string, locked bool) error {
	after, err := x.DB.Note(ctx, noteAfter)
	if err != nil {
		return err
	}
	m, err := readManifest(ctx, x.manifest(), x.checkHeader, nil)
	if err != nil {
		return err
	}
	if m.digest == after {
		if err := x.DB.SetNote(ctx, noteBefore, m.digest); err != nil {
			return err
		}
		return x.DB.SetNote(ctx, noteAfter, "")
	}
	if m.digest != before {
		return fault.New(fault.Safety, "the manifest of %s changed since run %s was interrupted", x.Dir, x.runID).
			WithHint("export again; messages in the manifest are not fetched again")
	}
	if !locked {
		return fault.New(fault.Safety, "run %s was discarded: the messages that it fetched are no longer in %s", x.runID, x.work()).
			WithHint("export again; messages in the manifest are not fetched again")
	}
	return nil
}

func (x *Exporter) manifest() string { return filepath.Join(x.Dir, ManifestName) }

// Before returns the totals of the manifest that was there when the run began,
// in whatever process.
func (x *Exporter) Before(ctx context.Context) (t Totals, err error) {
	text, err := x.DB.Note(ctx, noteTotals)
	if err != nil || text == "" {
		return t, err
	}
	err = json.Unmarshal([]byte(text), &t)
	return t, err
}

// checkHeader refuses a folder with exports of other options or another app. An
// app can have several hosts. An export begins where earlier ones began: a later
// --since, such as an age is on another day, would leave a gap.
func (x *Exporter) checkHeader(was Header) error {
	is := x.header
	if err := checkRedacted(x.Dir, was.Redacted, is.Redacted); err != nil {
		return err
	}
	for _, d := range []struct {
		differ bool
		what   string
	}{
		{was.AppKey != is.AppKey, "App Key " + was.AppKey},
		{was.Template != is.Template, "--path-template " + was.Template},
		{was.Records != is.Records, "--format " + string(was.Records)},
		{was.Parts != is.Parts, "another choice of --part-size"},
		{was.Raw != is.Raw, "another choice of --raw"},
		{is.Since.Before(was.Since.Time), "a later --since: " + was.Since.String()},
	} {
		if d.differ {
			return fault.New(fault.Safety, "%s was exported with %s", x.Dir, d.what).
				WithHint("use the same option, or another folder")
		}
	}
	x.Since, x.header.Since = was.Since.Time, was.Since
	return nil
}

// checkRedacted refuses to mix messages that were redacted with others, and those of
// different rules or pseudonyms.
func checkRedacted(dir string, was, is *redact.Header) error {
	switch {
	case was == nil && is == nil, was != nil && is != nil && *was == *is:
		return nil
	case was == nil:
		return fault.New(fault.Safety, "%s was exported without --redact", dir).WithHint("redact into another folder")
	case is == nil:
		return fault.New(fault.Safety, "%s is %s", dir, was).WithHint("use the same --redact and --redact-salt, or another folder")
	case was.Rules != is.Rules:
		return fault.New(fault.Safety, "%s is %s, and these rules are others", dir, was).WithHint("use the same file, or another folder")
	case was.OnlyUser != is.OnlyUser:
		return fault.New(fault.Safety, "%s is %s", dir, was).WithHint("use the same --only-user, or another folder")
	}
	return fault.New(fault.Safety, "%s has pseudonyms of another salt", dir).
		WithHint("use the --redact-salt of the first export, or another folder; without that flag nothing can be added to a redacted export")
}

// Commit replaces the manifest, unlocks the folder and returns the new
// manifest's totals and digest. The next export fetches what failed.
func (x *Exporter) Commit(ctx context.Context) (Totals, string, error) {
	totals, digest, err := x.replaceManifest(ctx)
	if err == nil {
		err = x.unlock()
	}
	return totals, digest, diskError(err)
}

func (x *Exporter) replaceManifest(ctx context.Context) (totals Totals, digest string, err error) {
	if err := x.checkLock(); err != nil {
		return totals, "", err
	}
	temp := filepath.Join(x.work(), ManifestName)
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return totals, "", err
	}
	totals, digest, err = writeManifest(ctx, f, x.header, x.DB)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return totals, "", err
	}
	if err := x.DB.SetNote(ctx, noteAfter, digest); err != nil {
		return totals, "", err
	}
	if err := fsutil.Rename(temp, x.manifest()); err != nil {
		return totals, "", err
	}
	return totals, digest, nil
}
