package multiuser

import (
	"context"
	"encoding/hex"
	"errors"
	"path/filepath"
	"time"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/export"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/redact"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
	"github.com/roamctl/roamctl/internal/run/engine"
)

// Export exports histories to files.
type Export struct {
	Dir      string                     `json:"dir"` // absolute
	Template string                     `json:"template"`
	Format   export.Format              `json:"format"`
	PartSize int64                      `json:"part_size,omitempty"`
	Raw      bool                       `json:"raw,omitempty"`
	Since    time.Time                  `json:"since,omitzero"`
	Until    time.Time                  `json:"until,omitzero"`
	Only     *export.ConversationFilter `json:"only,omitempty"`
	Redact   *flags.Redact              `json:"redact,omitempty"`

	exporter *export.Exporter
}

// Options are the export's own options. A bad template is a fault.Usage.
func (e *Export) Options() (export.Options, error) {
	t, err := export.ParseTemplate(e.Template, e.Format)
	return export.Options{
		Template: t, Format: e.Format, PartSize: e.PartSize, KeepRaw: e.Raw, Since: e.Since, Until: e.Until, Only: e.Only,
	}, err
}

func (e *Export) check(a *app.App) error {
	if _, err := e.Options(); err != nil {
		return err
	}
	_, err := app.OutputFor(a, exportedView())
	return err
}

func (e *Export) minCalls() map[string]float64 {
	if e.Only != nil {
		return map[string]float64{limiter.FamilyOther: 1}
	}
	return map[string]float64{limiter.FamilyList: 1, limiter.FamilyOther: 1}
}

func (e *Export) readOnly() bool { return false }

// prepare locks the folder for the run.
func (e *Export) prepare(ctx context.Context, r *session) (release func() error, err error) {
	e.exporter, release, err = e.open(ctx, r)
	return release, err
}

func (e *Export) do(ctx context.Context, r *session) error {
	x := e.exporter
	do := func(ctx context.Context, j run.Job, _ func([]struct{}) error) (run.Result, error) {
		return x.Do(ctx, j)
	}
	if err := newEngine(r, do, nil).Run(ctx); err != nil {
		return err
	}
	if err := x.Finish(ctx); err != nil {
		return err
	}
	totals, digest, err := x.Commit(context.WithoutCancel(ctx))
	if err != nil {
		return err
	}
	before, err := x.Before(context.WithoutCancel(ctx))
	if err != nil {
		return err
	}
	return e.report(r, before, totals, digest)
}

// eagerLoad wants four times as many users at a time as fill the limits. A
// conversation is read one page after the other, and the end of a run waits for
// those that began last.
type eagerLoad struct{ engine.Load }

// Wanted implements engine.Load.
func (l eagerLoad) Wanted() int { return 4 * l.Load.Wanted() }

// open makes the exporter and locks the folder for this run.
func (e *Export) open(ctx context.Context, r *session) (*export.Exporter, func() error, error) {
	options, err := e.Options()
	if err != nil {
		return nil, nil, err
	}
	svc, err := r.app.Service(ctx)
	if err != nil {
		return nil, nil, err
	}
	target, err := r.app.Target(ctx)
	if err != nil {
		return nil, nil, err
	}
	store, err := r.app.Runs()
	if err != nil {
		return nil, nil, err
	}
	redactor, err := e.redactor(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	r.app.WarnUnsynced(e.Dir)
	release, err := store.Lock("the folder "+filepath.ToSlash(e.Dir), "")
	if err != nil {
		return nil, nil, err
	}
	x := &export.Exporter{
		Options: options, Dir: e.Dir, Service: svc, DB: r.DB, Pool: r.pool, CSV: newTable, Meter: &r.meter.export, Redactor: redactor,
		OnRefused: func(_ roaming.Ref, err error) { r.app.Warn("not exported: %v", err) },
	}
	if err := x.Open(ctx, r.ID(), export.Header{AppKey: target.AppKey, Host: target.Host}); err != nil {
		return nil, nil, errors.Join(err, release())
	}
	switch {
	case x.Since.Equal(e.Since):
	case x.Since.IsZero():
		r.app.Note("%s was exported without --since; continuing without it", e.Dir)
	default:
		r.app.Note("%s was exported with --since %s; continuing with it", e.Dir, r.app.ShowTime(x.Since))
	}
	return x, release, nil
}

// saltNote is the note with the salt of a redacted export, so that the run makes the
// same pseudonyms when it is resumed.
const saltNote = "redaction salt"

// redactor returns the redactor of the run; nil for none.
func (e *Export) redactor(ctx context.Context, r *session) (*redact.Redactor, error) {
	if e.Redact == nil {
		return nil, nil //nolint:nilnil // nothing is redacted
	}
	text, err := r.Note(ctx, saltNote)
	if err != nil {
		return nil, err
	}
	salt, err := hex.DecodeString(text)
	if err != nil || text == "" {
		salt = redact.NewSalt()
		if err := r.SetNote(ctx, saltNote, hex.EncodeToString(salt)); err != nil {
			return nil, err
		}
	}
	return e.Redact.Open(r.app, salt)
}
