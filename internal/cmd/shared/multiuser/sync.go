package multiuser

import (
	"context"
	"errors"
	"time"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/archive"
	archivesync "github.com/roamctl/roamctl/internal/archive/sync"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

// Sync brings what users' histories show into an archive.
type Sync struct {
	Archive string    `json:"archive"` // a path or a URL
	Recheck bool      `json:"recheck,omitempty"`
	Since   time.Time `json:"since,omitzero"` // of a recheck

	Attachments Attachments `json:"attachments,omitzero"`

	users *archivesync.Users
	files *AttachmentSync
}

// synced is the result of a sync.
type synced struct {
	RunID         string `json:"run_id"`
	Archive       string `json:"archive"`
	FailedUsers   int    `json:"failed_users"`
	Conversations int64  `json:"conversations"` // that were read
	Messages      int64  `json:"messages"`      // likewise
	Added         int    `json:"added"`
	Known         int    `json:"known"`
	Revised       int    `json:"revised"`
	Reconciled    int    `json:"reconciled"`
	Erased        int    `json:"erased"` // refused, because they were erased
	Unreadable    int64  `json:"unreadable"`
	FullLists     int    `json:"full_lists"` // users whose list may hide conversations

	Attachments map[string]int `json:"attachments"` // by state; null if they were not requested
}

func syncedView() render.View[synced] {
	return render.View[synced]{Columns: render.Fields[synced]()}.WithCell("attachments", func(s synced) string { return CountsText(s.Attachments) })
}

func (s *Sync) check(a *app.App) error {
	_, err := app.OutputFor(a, syncedView())
	return err
}

func (s *Sync) minCalls() map[string]float64 { return map[string]float64{limiter.FamilyList: 1} }

// readOnly is true: the archive itself keeps what the run did.
func (s *Sync) readOnly() bool { return true }

// prepare locks and opens the archive.
func (s *Sync) prepare(ctx context.Context, r *session) (release func() error, err error) {
	unlock, err := LockArchive(r.app, s.Archive, r.ID())
	if err != nil {
		return nil, err
	}
	if err := s.open(ctx, r); err != nil {
		return nil, errors.Join(err, unlock())
	}
	r.app.CountFullLists = true // cron runs it: no warning where there is nothing new
	r.print = func() error { return s.report(r) }
	return unlock, nil
}

// open opens the archive, and fetches attachments that earlier syncs left.
func (s *Sync) open(ctx context.Context, r *session) error {
	store, err := r.app.ArchiveAt(ctx, s.Archive, app.CreateArchive)
	if err != nil {
		return err
	}
	svc, err := r.app.Service(ctx)
	if err != nil {
		return err
	}
	now, err := svc.Now(ctx)
	if err != nil {
		return err
	}
	reader := archive.Run{ID: r.ID(), Started: now}
	if r.resumed {
		// An archive keeps one start for each run. Under the first one, what is read now
		// would seem to be from before other syncs since.
		reader.ID = run.NewID(r.app.Now())
	}
	s.users = &archivesync.Users{
		Store: store, Service: svc, Run: reader, Now: now.Time, Recheck: s.Recheck, Since: s.Since,
		OnRefused:    func(_ roaming.Ref, err error) { r.app.Warn("not in the archive: %v", err) },
		OnUnreadable: func(ref roaming.Ref, err error) { r.app.Warn("%s, unreadable: %v", ref, err) },
	}
	if s.files, err = s.Attachments.Open(ctx, r.app, s.Archive, store, now.Time); err != nil {
		return err
	}
	return s.files.Before(ctx)
}

// LockArchive makes sure that one sync at a time works on an archive, whatever keeps it.
func LockArchive(a *app.App, place, runID string) (unlock func() error, err error) {
	runs, err := a.Runs()
	if err != nil {
		return nil, err
	}
	return runs.Lock("the archive "+place, runID)
}

func (s *Sync) do(ctx context.Context, r *session) error {
	err := newEngine(r, func(ctx context.Context, j run.Job, _ func([]struct{}) error) (run.Result, error) {
		conversations, messages, err := s.users.Do(ctx, j.User)
		r.meter.conversations.Add(int64(conversations))
		r.meter.messages.Add(int64(messages))
		return run.Result{Conversations: conversations, Messages: messages}, err
	}, nil).Run(ctx)
	if err != nil {
		return err
	}
	return s.files.After(ctx)
}

// report prints the result. With people, nothing new is no news.
func (s *Sync) report(r *session) error {
	sum := s.users.Result()
	out := synced{
		RunID: r.ID(), Archive: s.Archive, FailedUsers: int(r.meter.failed.Load()),
		Conversations: s.users.Conversations.Load(), Messages: s.users.Messages.Load(),
		Added: sum.Added, Known: sum.Known, Revised: sum.Revised, Reconciled: sum.Reconciled, Erased: sum.Erased, Unreadable: s.users.Unreadable.Load(),
		FullLists: r.app.FullLists(), Attachments: s.files.Counts(),
	}
	err := app.Print(r.app, syncedView(), out, func() {
		if out.Added+out.Revised > 0 || s.files.Note() != "" {
			r.app.Note("%s of %s%s", render.Count(out.Added, "new message"), render.Count(int(out.Conversations), "conversation"), s.files.Note())
		}
	})
	out.warnFullLists(r.app)
	return errors.Join(err, s.files.Verdict(r.app, out.verdict()))
}

// warnFullLists warns that users' lists may not have named every conversation.
func (s synced) warnFullLists(a *app.App) {
	if s.FullLists > 0 && s.Added+s.Revised > 0 {
		a.Warn("full conversation lists: %s; the service may leave older conversations out, whose messages a sync of history files has", render.Count(s.FullLists, "user"))
	}
}

// verdict is the error of items that could not be read. Resuming would not help: they
// stay as they are.
func (s synced) verdict() error {
	if s.Unreadable == 0 {
		return nil
	}
	return fault.New(fault.Partial, "%s could not be read", render.Count(int(s.Unreadable), "item")).
		WithHint("they are in the archive as they came")
}
