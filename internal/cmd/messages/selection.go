package messages

import (
	"context"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/deleting"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/cmd/shared/multiuser"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// selection holds the flags by which delete and recall choose histories and messages.
type selection struct {
	users    flags.Users
	limits   multiuser.Limits
	ref      roaming.Ref // where one history is named
	chatType roaming.ChatType
	act      deleting.Flags
	ids      idFlags
}

// check refuses flags that contradict each other, before any request. Messages that are
// chosen by ID need one conversation of one user; instead names the other flags.
func (s *selection) check(a *app.App, byID bool, instead string) error {
	wrong := s.ids.check(&s.users)
	if err := s.users.Check(); err != nil {
		return err
	}
	if wrong != nil {
		return wrong
	}
	one, err := flags.CheckConversations(s.ref.Conversation, &s.chatType)
	if err != nil {
		return err
	}
	if byID && (!one || s.users.Several()) {
		return fault.New(fault.Usage, "--id and --ids-file need one conversation of one user").
			WithHint("name it with --user and --conversation, or %s", instead)
	}
	s.ref.User, s.ref.Type = s.users.One(), s.chatType
	return s.limits.Check(a)
}

// delete carries out a job about a target: in the conversation that is named, or else in
// every one on the users' lists.
func (s *selection) delete(ctx context.Context, a *app.App, job deletion.Job, t deletion.Target, c app.Confirmation) error {
	if s.ref.Conversation != "" {
		job.Targets = []deletion.Target{t}
	} else {
		job.Each = &deletion.Each{Type: s.chatType, Since: t.Since, Through: t.Through, Senders: t.Senders, All: t.All}
	}
	return multiuser.Delete(ctx, a, multiuser.Request{Users: s.users, Limits: s.limits, Flags: &s.act, Job: job, Confirm: c})
}
