package deletion

import (
	"context"
	"errors"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/roaming"
)

// backUp freezes what the job deletes and writes a backup of it, which is on disk
// and was read back when it returns. There is none when there is nothing to delete.
func (e *Engine) backUp(ctx context.Context, s Settings, runID string) ([]Frozen, *BackupRef, error) {
	if s.NoBackup {
		frozen, err := Check(ctx, e.Service, s, discard{})
		return frozen, nil, err
	}
	o := e.Backup
	o.Scope, o.Nothing = scope(s, runID), s.Job.nothing()
	o.AllowMissing, o.AttachmentsWithin = s.AllowMissing, s.AttachmentsWithin
	if !s.Attachments {
		o.Fetcher = nil
	} else {
		now, err := e.Service.Now(ctx)
		if err != nil {
			return nil, nil, err
		}
		o.AttachmentsAsOf = now.Time
	}
	w, err := backup.Create(ctx, s.BackupDir, runID, o)
	if err != nil {
		return nil, nil, err
	}
	frozen, err := Check(ctx, e.Service, s, &sink{w: w, attachments: s.Attachments, ctx: ctx, onProgress: e.progress})
	if err != nil || len(FrozenCalls(s.Job, frozen)) == 0 {
		return frozen, nil, errors.Join(err, w.Abort())
	}
	for _, f := range frozen {
		w.NotVisible(f.NotVisible...)
	}
	manifest, err := w.Commit(ctx)
	if err != nil {
		return frozen, nil, err
	}
	return frozen, &BackupRef{
		Path: w.Path(), Digest: manifest.Digest, Messages: manifest.Messages, Attachments: manifest.Attachments,
	}, nil
}

// sink adds what is read to a backup.
type sink struct {
	ctx         context.Context //nolint:containedctx // a Sink's methods take none
	w           *backup.Writer
	attachments bool
	onProgress  func(Progress)
}

func (s *sink) AddConversation(c roaming.Conversation) error { return s.w.AddConversation(c) }

func (s *sink) AddMessage(m roaming.Message) error {
	if err := s.w.AddMessage(m); err != nil {
		return err
	}
	s.onProgress(Progress{BackingUp: s.w.Messages()})
	if !s.attachments {
		return nil
	}
	return s.w.AddAttachments(s.ctx, m)
}

// scope is what the manifest of the backup says of the job.
func scope(s Settings, runID string) backup.Scope {
	to := backup.Scope{Command: s.Job.Command, User: s.Job.User, RunID: runID, Reason: s.Reason, Ticket: s.Ticket}
	if t, ok := s.Job.Single(); ok {
		to.Conversation, to.Type, to.IDs, to.Before = t.Conversation, t.Type, t.IDs, t.Through
	}
	return to
}
