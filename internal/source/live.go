package source

import (
	"context"
	"io"
	"io/fs"
	"iter"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/roaming"
)

type service interface {
	roaming.Service
	roaming.Directory
}

// live is the service.
type live struct {
	svc     service
	fetcher backup.Fetcher
	about   About
}

// NewLive is the service, whose host is about's Name. fetcher downloads attachments.
func NewLive(svc service, fetcher backup.Fetcher, host, appKey string) Source {
	return &live{svc, fetcher, About{
		Kind: Live, Name: host, AppKey: appKey,
		Lacks: "messages that the user deleted, that were recalled or that have expired: the service keeps a history for some days, by the app's plan, and does not say what it no longer has",
	}}
}

// About implements Source.
func (l *live) About() About { return l.about }

// Users implements Lister. They are in the service's order, of which
// docs/contract.md knows nothing.
func (l *live) Users(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for u, err := range roaming.Items(l.svc.Users(ctx, roaming.UserQuery{})) {
			if !yield(u.ID, err) {
				return
			}
		}
	}
}

// Conversations implements Source: those on the user's list, by latest activity.
func (l *live) Conversations(ctx context.Context, user string) iter.Seq2[roaming.Conversation, error] {
	return roaming.WholeList(ctx, l.svc, user, roaming.ConversationQuery{})
}

// Messages implements Source. A position is the ID of a message; a message without one
// has none. What the service answers if that message has expired is unknown
// (docs/contract.md, section 3).
func (l *live) Messages(ctx context.Context, ref roaming.Ref, q Query) iter.Seq2[Message, error] {
	history := l.svc.History(ctx, ref, roaming.HistoryQuery{
		Direction: q.Direction, Since: q.Since, Until: q.Until, Kinds: q.Kinds, Start: roaming.Cursor(q.After), KeepRaw: q.Raw,
	})
	return func(yield func(Message, error) bool) {
		for m, err := range roaming.Items(history) {
			if err == nil && !q.takes(ref, m) {
				continue
			}
			if !yield(Message{Message: m, Position: Position(m.ID.String())}, err) {
				return
			}
		}
	}
}

// Gaps implements Source. The service does not say what it no longer has.
func (l *live) Gaps(context.Context, roaming.Ref, Query) iter.Seq2[Gap, error] {
	return func(func(Gap, error) bool) {}
}

// Attachment implements Source.
func (l *live) Attachment(ctx context.Context, m Message, part Part, w io.Writer) error {
	url, secret := part.address(m.Message)
	if url == "" {
		return fs.ErrNotExist
	}
	return l.fetcher.Fetch(ctx, url, secret, w)
}

// Close implements Source.
func (l *live) Close() error { return nil }
