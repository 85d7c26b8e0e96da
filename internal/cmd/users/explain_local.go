package users

import (
	"context"
	"iter"
	"os"
	"strings"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/audit"
	"github.com/roamctl/roamctl/internal/explain"
	"github.com/roamctl/roamctl/internal/roaming"
)

// maxDeletions is how many entries of the audit log are shown.
const maxDeletions = 20

// deletions reads the deletions of both views from the audit log.
func (g *gatherer) deletions(ctx context.Context, f *explain.Facts) error {
	f.Deletions = []explain.Deletion{}
	conversationOf := map[string]string{}
	for _, v := range f.Views {
		conversationOf[v.User] = f.Conversation
		if f.Type == roaming.Chat && v.User != f.User {
			conversationOf[v.User] = f.User
		}
	}
	selection := app.Selection[audit.Entry]{Limit: maxDeletions, Keep: func(e audit.Entry) bool {
		conversation, ok := conversationOf[e.User]
		return ok && (e.Conversation == "" || e.Conversation == conversation)
	}}
	for e, err := range g.deletionsIn(ctx, &selection) {
		if err != nil {
			return err
		}
		f.Deletions = append(f.Deletions, explain.Deletion{
			Time: e.Time, User: e.User, Conversation: e.Conversation, Command: e.Command, Messages: e.Counts.Deleted,
			Outcome: string(e.Outcome), Operator: e.Operator, RunID: e.RunID,
		})
	}
	f.EarlierDeletions = selection.Cut
	return nil
}

// deletionsIn yields the latest entries of the audit log about deletions from this app.
// It warns of lines that can't be read.
func (g *gatherer) deletionsIn(ctx context.Context, selection *app.Selection[audit.Entry]) iter.Seq2[audit.Entry, error] {
	return func(yield func(audit.Entry, error) bool) {
		target, err := g.app.Target(ctx)
		if err != nil {
			yield(audit.Entry{}, err)
			return
		}
		log, err := g.app.Audit()
		if err != nil {
			yield(audit.Entry{}, err)
			return
		}
		keep := selection.Keep
		selection.Keep = func(e audit.Entry) bool { return e.AppKey == target.AppKey && hasDeleted(e) && keep(e) }
		for e, err := range selection.Last(log.Actions(ctx)) {
			if err != nil && ctx.Err() == nil {
				g.app.Warn("%v", err)
				continue
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// hasDeleted reports whether a command may have deleted something.
func hasDeleted(e audit.Entry) bool {
	if e.Command == "restore" || strings.HasPrefix(e.Command, "archive") {
		return false
	}
	switch e.Outcome {
	case audit.Planned, audit.Refused, audit.DryRun:
		return false
	case audit.Failed:
		return e.Counts.Deleted > 0
	default:
		return true
	}
}

// archived reads what the archive knows, if there is one. The default archive may be
// missing, and is only warned of if it can't be read: the service's views stay.
func (g *gatherer) archived(ctx context.Context, f *explain.Facts) error {
	named := g.app.Flags.Changed("archive")
	place, err := g.app.ArchivePlace()
	if err != nil && !named {
		return nil // no archive is named, and there is no default one
	}
	if _, missing := os.Stat(place); err == nil && missing != nil && !named && !strings.Contains(place, "://") {
		return nil
	}
	store, err := g.app.Archive(ctx, app.ReadArchive)
	if err == nil {
		f.Archive, err = g.readArchive(ctx, store, place, f)
	}
	if err == nil || ctx.Err() != nil {
		return err
	}
	f.ArchiveError = err.Error()
	if named {
		return err
	}
	g.app.Warn("the archive is left out: %v", err)
	return nil
}

func (g *gatherer) readArchive(ctx context.Context, store archive.Store, place string, f *explain.Facts) (*explain.Archive, error) {
	found := &explain.Archive{Place: place}
	conversation := archive.ConversationOf(roaming.Ref{User: f.User, Conversation: f.Conversation, Type: f.Type})
	span := g.span()
	oldest := oldestOf(f.Views)
	search := archive.Search{Query: query.Query{Expr: conversation.Query()}, Span: span}
	for m, err := range store.Search(ctx, search) {
		if err != nil {
			return nil, err
		}
		found.Messages++
		if oldest.IsZero() || !m.Time.IsZero() && m.Time.Before(oldest.Time) {
			found.Older++
		}
	}
	gone := map[archive.Key]bool{}
	mine := archive.SightingQuery{User: f.User, Conversation: &conversation, Span: span, States: []archive.SightingState{archive.Gone, archive.Expired, archive.Unseen, archive.Unread}}
	for s, err := range store.Sightings(ctx, mine) {
		if err != nil {
			return nil, err
		}
		switch s.State {
		case archive.Gone:
			found.CountGone(s.Ended.Started)
			if len(gone) < maxGone {
				gone[s.Message] = true
			}
		case archive.Expired:
			found.Expired++
		case archive.Unseen:
			found.Unseen++
		default:
			found.Unread++
		}
	}
	if len(f.Views) < 2 || len(gone) == 0 {
		return found, nil
	}
	theirs := archive.SightingQuery{User: f.Views[1].User, Conversation: &conversation, Span: span, States: []archive.SightingState{archive.Gone}}
	for s, err := range store.Sightings(ctx, theirs) {
		if err != nil {
			return nil, err
		}
		if gone[s.Message] {
			found.GoneForBoth++
		}
	}
	return found, nil
}

// maxGone bounds the messages that are remembered to find them in the other view.
const maxGone = 100_000

func (g *gatherer) span() archive.Span {
	span := archive.Everything()
	if from := g.options.from; !from.IsZero() {
		span.From = from.UnixMilli()
	}
	if to := g.options.to; !to.IsZero() {
		span.From, span.To = max(span.From, 1), to.UnixMilli()
	}
	return span
}

func oldestOf(views []explain.View) (oldest roaming.Time) {
	for _, v := range views {
		oldest = earlier(oldest, v.Oldest)
	}
	return oldest
}
