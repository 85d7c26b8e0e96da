package archive

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/archive"
	archivesync "github.com/roamctl/roamctl/internal/archive/sync"
	"github.com/roamctl/roamctl/internal/cmd/shared/multiuser"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/run"
)

// syncedHours is the result of a sync of history files.
type syncedHours struct {
	RunID      string `json:"run_id"`
	Archive    string `json:"archive"`
	Hours      int    `json:"hours"` // that were requested
	Young      int    `json:"young"` // of them not final yet
	Records    int64  `json:"records"`
	Added      int    `json:"added"`
	Known      int    `json:"known"`
	Revised    int    `json:"revised"`
	Reconciled int    `json:"reconciled"`
	Erased     int    `json:"erased"` // refused, because they were erased
	Unreadable int64  `json:"unreadable"`
	Missing    int    `json:"missing"` // hours that are not complete, without the young ones

	Attachments map[string]int `json:"attachments"` // by state; null if they were not requested

	sum   archive.Result
	first archivesync.Hour // of the missing hours
}

func hoursView() render.View[syncedHours] {
	return render.View[syncedHours]{Columns: render.Fields[syncedHours]()}.
		WithCell("attachments", func(s syncedHours) string { return multiuser.CountsText(s.Attachments) })
}

func (o *syncOptions) syncHours(ctx context.Context, a *app.App) (err error) {
	h := archivesync.Hours{}
	if h.Since, h.Until, err = a.ParseRange(o.since, o.until); err != nil {
		return err
	}
	if _, err = app.OutputFor(a, hoursView()); err != nil {
		return err
	}
	settings, err := a.Settings()
	if err != nil {
		return err
	}
	client, err := a.Client(ctx)
	if err != nil {
		return err
	}
	if _, err := client.HistoryFileName(a.Now()); err != nil {
		return err
	}
	result := syncedHours{RunID: run.NewID(a.Now())}
	if result.Archive, err = a.ArchivePlace(); err != nil {
		return err
	}
	if h.Dir, err = tempDir(a, result.Archive); err != nil {
		return err
	}
	unlock, err := multiuser.LockArchive(a, result.Archive, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if h.Store, err = a.Archive(ctx, app.CreateArchive); err != nil {
		return err
	}
	now, err := client.Now(ctx)
	if err != nil {
		return err
	}
	h.Files, h.Now = client, now.Time
	h.Run = archive.Run{ID: result.RunID, Started: now}
	bad := 0
	h.OnBadLine = func(file string, err error) {
		bad++
		if bad <= maxBadLines {
			a.Warn("%s: %v", file, err)
		}
	}
	h.OnHour = func(hour archivesync.Hour) {
		result.add(hour)
		noteHour(a, hour, settings.Location)
	}
	fetched, err := o.attachments.Open(ctx, a, result.Archive, h.Store, now.Time)
	if err != nil {
		return err
	}
	return result.report(a, fetched, fetched.Around(ctx, h.Sync))
}

// noteHour tells a person of an hour with new messages.
func noteHour(a *app.App, hour archivesync.Hour, zone *time.Location) {
	if a.IO.ErrTTY() && hour.Added > 0 {
		a.Note("%s: %s", hour.Start.In(zone).Format("01-02 15:04"), render.Count(hour.Added, "new message"))
	}
}

// report prints the result of a sync that ended with err, and returns its verdict.
func (s *syncedHours) report(a *app.App, fetched *multiuser.AttachmentSync, err error) error {
	s.Attachments = fetched.Counts()
	if err == nil {
		err = s.verdict(a)
	}
	return errors.Join(s.print(a, fetched.Note()), fetched.Verdict(a, err))
}

// tempDir is where files are downloaded to: beside the archive, if that is a file.
func tempDir(a *app.App, place string) (string, error) {
	if strings.Contains(place, "://") {
		return a.StateDir()
	}
	return filepath.Dir(place), nil
}

func (s *syncedHours) add(h archivesync.Hour) {
	if h.File != "" {
		s.Hours++
	}
	s.Records += h.Records
	s.Unreadable += h.Unreadable
	s.sum.Add(h.Result)
	s.Added, s.Known, s.Revised, s.Reconciled, s.Erased = s.sum.Added, s.sum.Known, s.sum.Revised, s.sum.Reconciled, s.sum.Erased
	switch {
	case h.State == archive.Young:
		s.Young++
	case h.State != archive.Complete:
		s.Missing++
		if s.Missing == 1 {
			s.first = h
		}
	}
}

// print prints the result. With people, nothing new is no news.
func (s *syncedHours) print(a *app.App, files string) error {
	return app.Print(a, hoursView(), *s, func() {
		if s.Added+s.Revised > 0 || files != "" {
			a.Note("%s of %s%s", render.Count(s.Added, "new message"), render.Count(s.Hours, "hour"), files)
		}
	})
}

// verdict is the error of hours that are missing.
func (s *syncedHours) verdict(a *app.App) error {
	if s.Missing == 0 {
		return nil
	}
	settings, err := a.Settings()
	if err != nil {
		return err
	}
	const short = "2006-01-02 15:04 MST"
	at := s.first.Start.In(settings.Location)
	return fault.Wrap(fault.Partial, s.first.Err, "%s missing, such as that of %s", render.CountOf(s.Missing, "hour is", "hours are"), at.Format(short)).
		WithHint("roamctl archive gaps lists them; the next sync requests failed hours again; expired ones are lost, and requested again only when --since names them")
}
