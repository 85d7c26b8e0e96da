package export

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/ledger"
	"github.com/roamctl/roamctl/internal/roaming"
)

// The notes of a run's ledger about the manifest: its digest when the run
// began, that of the one which it is about to put in its place, and the totals
// of the first.
const (
	noteBefore = "manifest before"
	noteAfter  = "manifest after"
	noteTotals = "manifest totals before"
	// noManifest stands for the digest of a manifest that is not there.
	noManifest = "none"
)

// Open takes a folder for a run. A new run, one whose ledger is empty, reads what
// the manifest says is there. Before anything is fetched, a fault.Safety refuses a
// folder that another run has not finished with, that was exported to with other
// options or from another app, or that has changed since the run was interrupted.
func (x *Exporter) Open(ctx context.Context, run string, header Header) error {
	header.Format, header.Template, header.Records = manifestFormat, x.Template.String(), x.Format
	header.Parts, header.Raw = x.PartSize > 0, x.KeepRaw
	header.Since = roaming.Time{Time: x.Since}
	x.header, x.run = header, run
	x.assembling = make(chan struct{}, runtime.GOMAXPROCS(0))
	x.compressors = newCompressors(cap(x.assembling))
	before, err := x.Ledger.Note(ctx, noteBefore)
	if err != nil {
		return err
	}
	if before == "" {
		return x.begin(ctx)
	}
	return x.goOn(ctx, before)
}

// begin takes the folder and reads what is there. The claim stands before the
// run is said to have begun, and a run that can't begin leaves none.
func (x *Exporter) begin(ctx context.Context) error {
	if err := x.claim(); err != nil {
		return err
	}
	digest, err := x.load(ctx)
	if err == nil {
		err = x.Ledger.SetNote(ctx, noteBefore, digest)
	}
	if err != nil {
		return errors.Join(err, x.clean())
	}
	return nil
}

// goOn checks that the folder is as an interrupted run has left it: with its
// claim and the manifest that was there when it began, or with the manifest that
// it wrote itself. It is looked at once nobody else can take it.
func (x *Exporter) goOn(ctx context.Context, before string) error {
	is, err := x.claimed()
	if err == nil {
		err = x.claim()
	}
	if err != nil {
		return err
	}
	err = x.asLeft(ctx, before, is == x.run)
	if err != nil && is != x.run {
		err = errors.Join(err, x.clean())
	}
	return err
}

func (x *Exporter) asLeft(ctx context.Context, before string, claimed bool) error {
	after, err := x.Ledger.Note(ctx, noteAfter)
	if err != nil {
		return err
	}
	digest, err := readManifest(x.manifest(), func(e entry) error {
		if e.Header != nil {
			x.widen(e.Header.Since)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if digest == "" {
		digest = noManifest
	}
	committed := digest == after
	if !committed && digest != before {
		return fault.New(fault.Safety, "%s has another manifest than when run %s was interrupted", x.Dir, x.run).
			WithHint("export anew: what is there already is not fetched again")
	}
	if !committed && !claimed {
		return fault.New(fault.Safety, "run %s was given up: what it had fetched is gone from %s", x.run, x.work()).
			WithHint("export anew: what is in the manifest is not fetched again")
	}
	if !committed {
		return nil
	}
	if err := x.Ledger.SetNote(ctx, noteBefore, digest); err != nil {
		return err
	}
	return x.Ledger.SetNote(ctx, noteAfter, "")
}

func (x *Exporter) manifest() string { return filepath.Join(x.Dir, ManifestName) }

// loadBatch is how many lines of a manifest go into the ledger at once.
const loadBatch = 1000

// load reads the manifest into the ledger, and returns its digest.
func (x *Exporter) load(ctx context.Context) (digest string, err error) {
	into := loader{ledger: x.Ledger}
	var before Totals
	digest, err = readManifest(x.manifest(), func(e entry) error {
		if e.Header != nil {
			return x.sameAs(*e.Header)
		}
		if e.Totals != nil {
			before = *e.Totals
		}
		return into.take(ctx, e)
	})
	if err == nil {
		err = into.flush(ctx)
	}
	if err == nil {
		err = x.noteTotals(ctx, before)
	}
	if digest == "" {
		digest = noManifest
	}
	return digest, err
}

func (x *Exporter) noteTotals(ctx context.Context, t Totals) error {
	b, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return x.Ledger.SetNote(ctx, noteTotals, string(b))
}

// Before are the totals of the manifest that was there when the run began,
// which may be several processes ago.
func (x *Exporter) Before(ctx context.Context) (t Totals, err error) {
	text, err := x.Ledger.Note(ctx, noteTotals)
	if err != nil || text == "" {
		return t, err
	}
	err = json.Unmarshal([]byte(text), &t)
	return t, err
}

// loader puts the lines of a manifest into a ledger.
type loader struct {
	ledger        *ledger.Ledger
	conversations []ledger.Conversation
	files         []ledger.File
}

func (l *loader) take(ctx context.Context, e entry) error {
	if e.Conversation != nil {
		l.conversations = append(l.conversations, e.Conversation.kept())
	}
	if e.File != nil {
		l.files = append(l.files, ledger.File(*e.File))
	}
	if len(l.conversations)+len(l.files) < loadBatch {
		return nil
	}
	return l.flush(ctx)
}

func (l *loader) flush(ctx context.Context) error {
	err := l.ledger.Load(ctx, l.files, l.conversations)
	l.files, l.conversations = l.files[:0], l.conversations[:0]
	return err
}

// sameAs refuses to mix exports that are not alike. An app can be reached by
// several hosts.
func (x *Exporter) sameAs(was Header) error {
	is := x.header
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
				WithHint("use the same again, or another folder")
		}
	}
	x.widen(was.Since)
	return nil
}

// widen makes an export begin where those before it have begun: a later bound
// would leave a gap. An age, such as three days, is later each time.
func (x *Exporter) widen(since roaming.Time) { x.Since, x.header.Since = since.Time, since }

// Commit writes the manifest and gives the folder back. It returns the
// manifest's totals and digest. What was given up, or failed, is fetched anew
// by the next export.
func (x *Exporter) Commit(ctx context.Context) (Totals, string, error) {
	totals, digest, err := x.writeManifest(ctx)
	if err != nil {
		return totals, digest, local(err)
	}
	if err := x.clean(); err != nil {
		return totals, digest, local(err)
	}
	return totals, digest, nil
}

func (x *Exporter) writeManifest(ctx context.Context) (totals Totals, digest string, err error) {
	if err := x.still(); err != nil {
		return totals, "", err
	}
	aside := filepath.Join(x.work(), ManifestName)
	f, err := os.OpenFile(aside, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return totals, "", err
	}
	totals, digest, err = x.manifestTo(ctx, f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return totals, "", err
	}
	if err := x.Ledger.SetNote(ctx, noteAfter, digest); err != nil {
		return totals, "", err
	}
	if err := os.Rename(aside, x.manifest()); err != nil {
		return totals, "", err
	}
	return totals, digest, fsutil.SyncFolder(x.Dir)
}

func (x *Exporter) manifestTo(ctx context.Context, f *os.File) (Totals, string, error) {
	m := newManifestWriter(f)
	if err := m.json.Encode(entry{Header: &x.header}); err != nil {
		return m.totals, "", err
	}
	for c, err := range x.Ledger.Conversations(ctx, "") {
		if err == nil {
			err = m.conversation(c)
		}
		if err != nil {
			return m.totals, "", err
		}
	}
	for f, err := range x.Ledger.Files(ctx, "") {
		if err == nil {
			err = m.file(f)
		}
		if err != nil {
			return m.totals, "", err
		}
	}
	digest, err := m.end()
	return m.totals, digest, err
}
