package deletion

import (
	"context"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/roaming"
)

// sink puts what is read into a backup.
type sink struct {
	ctx         context.Context //nolint:containedctx // it lives as long as the reading that it belongs to
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

// scope is the run's settings as the manifest of its backup tells them.
func scope(s Settings, runID string) backup.Scope {
	to := backup.Scope{Command: s.Job.Command, User: s.Job.User, RunID: runID, Reason: s.Reason, Ticket: s.Ticket}
	if t, ok := s.Job.Single(); ok {
		to.Conversation, to.Type, to.IDs, to.Before = t.Conversation, t.Type, t.IDs, t.Through
	}
	return to
}
