package users

import (
	"context"
	"fmt"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// collector reads the history that a report counts, one call at a time.
type collector struct {
	a         *app.App
	service   roaming.Service
	directory roaming.Directory
	report    *Report
	counter   *counter
	query     roaming.HistoryQuery
}

// run fills the report. After an error it has the counts up to the error.
func (s *collector) run(ctx context.Context, only string, chatType roaming.ChatType) error {
	defer s.counter.finish()
	if err := s.list(ctx, only, chatType); err != nil {
		return err
	}
	if err := s.groups(ctx); err != nil {
		return err
	}
	s.a.Note("reading %s of %s, at most %d messages a call",
		render.Count(s.report.Conversations, "conversation"), s.report.User, roaming.MaxHistoryPage)
	var refused []error
	for i := range s.report.ByConversation {
		err := s.history(ctx, i)
		switch {
		case fault.AffectsOneConversation(err):
			refused = append(refused, err)
			s.report.ByConversation[i].Error = err.Error()
			s.a.Warn("not counted: %v", err)
		case err != nil:
			return err
		}
	}
	s.report.Complete = len(refused) == 0
	if only != "" && s.report.Messages+s.report.Unreadable+len(refused) == 0 {
		return roaming.CheckType(ctx, s.service, roaming.Ref{User: s.report.User, Conversation: only, Type: chatType})
	}
	return roaming.RefusedError(s.report.User, refused, len(s.report.ByConversation))
}

// history counts the messages of a conversation.
func (s *collector) history(ctx context.Context, i int) error {
	c := s.report.ByConversation[i]
	for page, err := range s.service.History(ctx, roaming.Ref{User: s.report.User, Conversation: c.ID, Type: c.Type}, s.query) {
		if err != nil {
			return err
		}
		s.report.Calls++
		s.warn(page.Bad)
		s.counter.messages(i, page)
	}
	return nil
}

// list counts the conversations of the list, or only one, which need not be on it.
func (s *collector) list(ctx context.Context, only string, chatType roaming.ChatType) error {
	for page, err := range s.service.Conversations(ctx, s.report.User, roaming.ConversationQuery{}) {
		if err != nil {
			return err
		}
		s.report.Calls++
		s.warn(page.Bad)
		for _, c := range page.Items {
			if only == "" || c.ID == only && c.Type == chatType {
				s.counter.conversation(c)
			}
		}
	}
	if only != "" && s.report.Conversations == 0 {
		s.counter.conversation(roaming.Conversation{ID: only, Type: chatType})
	}
	return nil
}

// groups counts the user's groups. docs/contract.md does not specify the answer, so
// groups ignores a refusal.
func (s *collector) groups(ctx context.Context) error {
	n := 0
	for page, err := range s.directory.UserGroups(ctx, s.report.User) {
		if kind := fault.KindOf(err); err != nil && kind != fault.Refused && kind != fault.NotFound {
			return err
		}
		if err != nil {
			s.a.Warn("the groups are not counted: %v", err)
			return nil
		}
		s.report.Calls++
		s.warn(page.Bad)
		n += len(page.Items)
	}
	s.report.Groups = &n
	return nil
}

func (s *collector) warn(bad []*roaming.ItemError) {
	s.report.Unreadable += len(bad)
	for _, item := range bad {
		s.a.Warn("%v", fmt.Errorf("unreadable: %w: %.200q", item, item.Raw))
	}
}
