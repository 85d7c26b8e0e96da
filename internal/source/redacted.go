package source

import (
	"context"
	"errors"
	"iter"

	"github.com/roamctl/roamctl/internal/redact"
	"github.com/roamctl/roamctl/internal/roaming"
)

// redacted is a source whose messages are redacted.
type redacted struct {
	Source

	redactor *redact.Redactor
}

// Redacted returns a source with the messages of another one as r redacts them, and
// without their earlier forms.
func Redacted(s Source, r *redact.Redactor) Source { return redacted{s, r} }

// Conversations implements Source.
func (s redacted) Conversations(ctx context.Context, user string) iter.Seq2[roaming.Conversation, error] {
	return func(yield func(roaming.Conversation, error) bool) {
		for c, err := range s.Source.Conversations(ctx, user) {
			if c.LastMessage != nil {
				last := s.redactor.Message(user, *c.LastMessage)
				c.LastMessage = &last
			}
			if !yield(c, s.failed(err)) {
				return
			}
		}
	}
}

// Messages implements Source.
func (s redacted) Messages(ctx context.Context, ref roaming.Ref, q Query) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		for m, err := range s.Source.Messages(ctx, ref, q) {
			if err == nil {
				m.Message, m.Forms = s.redactor.Named(m.Name(), ref.User, m.Message), nil
			}
			if err = s.failed(err); !yield(m, err) || err != nil && !roaming.IsItemError(err) {
				return
			}
		}
	}
}

// failed returns an error without the bytes of an item, or that of the redaction's log.
func (s redacted) failed(err error) error {
	if item, ok := errors.AsType[*roaming.ItemError](err); ok {
		return s.redactor.Unreadable(item)
	}
	return errors.Join(err, s.redactor.Err())
}
