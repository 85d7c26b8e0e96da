package search

import (
	"context"
	"errors"
	"iter"
	"strings"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// progressEvery is how many messages are read between two progress notes.
const progressEvery = 5000

// searchLive searches the user's history on the service.
func (o *options) searchLive(ctx context.Context, a *app.App) error {
	l := live{options: o, app: a}
	listing := app.Listing[hit]{View: view(false)}
	err := listing.Run(ctx, a, func() (pages, error) {
		var err error
		if l.svc, err = a.Service(ctx); err != nil {
			return nil, err
		}
		a.Note("searching the service page by page: slower than an archive, and only what the service still keeps")
		return l.pages(ctx), nil
	})
	if err != nil {
		return err
	}
	switch {
	case l.cut:
		a.Note("stopped after %d hits in %d messages: raise --limit, or give --all", l.hits, l.read)
	default:
		a.Note("%s in %s of %s", render.Count(l.hits, "hit"), render.Count(l.read, "message"), render.Count(l.conversations, "conversation"))
	}
	return roaming.RefusedError(strings.Join(o.users, ", "), l.refused, l.conversations+len(l.refused))
}

// live is a search on the service.
type live struct {
	*options

	app                       *app.App
	svc                       roaming.Service
	hits, read, conversations int
	cut                       bool
	refused                   []error
}

// pages are the hits, a page for each page of the service.
func (l *live) pages(ctx context.Context) pages {
	return func(yield func(roaming.Page[hit], error) bool) {
		for _, user := range l.users {
			if !l.user(ctx, user, yield) || l.cut {
				return
			}
		}
	}
}

// user searches one user's history. It reports whether to go on.
func (l *live) user(ctx context.Context, user string, yield func(roaming.Page[hit], error) bool) bool {
	for ref, err := range l.refs(ctx, user) {
		if item, ok := errors.AsType[*roaming.ItemError](err); ok {
			if !yield(roaming.Page[hit]{Bad: []*roaming.ItemError{item}}, nil) {
				return false
			}
			continue
		}
		if err != nil {
			return yield(roaming.Page[hit]{}, err)
		}
		if !l.history(ctx, ref, yield) || l.cut {
			return false
		}
	}
	return true
}

// refs are the conversations to search: those on a user's list, or the named
// one. One that is on no list may be of either type.
func (l *live) refs(ctx context.Context, user string) iter.Seq2[roaming.Ref, error] {
	return func(yield func(roaming.Ref, error) bool) {
		listed := l.conversation == ""
		for c, err := range roaming.WholeList(ctx, l.svc, user, roaming.ConversationQuery{}) {
			if err == nil && l.conversation != "" && c.ID != l.conversation {
				continue
			}
			listed = listed || err == nil
			if !yield(roaming.Ref{User: user, Conversation: c.ID, Type: c.Type}, err) || err != nil && !roaming.IsItemError(err) {
				return
			}
		}
		for _, t := range []roaming.ChatType{roaming.Chat, roaming.Group} {
			if !listed && !yield(roaming.Ref{User: user, Conversation: l.conversation, Type: t}, nil) {
				return
			}
		}
	}
}

// history searches one conversation. It reports whether to go on.
func (l *live) history(ctx context.Context, ref roaming.Ref, yield func(roaming.Page[hit], error) bool) bool {
	seen := archive.Occurrences{}
	for page, err := range l.svc.History(ctx, ref, roaming.HistoryQuery{Since: l.from, Until: l.to}) {
		if fault.AffectsOneConversation(err) {
			l.refused = append(l.refused, err)
			l.app.Warn("not searched: %v", err)
			return true
		}
		var found roaming.Page[hit]
		if err == nil {
			found, err = l.matches(ref, page, seen)
		}
		if err != nil {
			return yield(roaming.Page[hit]{}, err)
		}
		if !yield(found, nil) || l.cut {
			return false
		}
	}
	l.conversations++
	return true
}

// matches are the messages of a page that the query takes. o counts messages without an
// ID.
func (l *live) matches(ref roaming.Ref, page roaming.Page[roaming.Message], o archive.Occurrences) (roaming.Page[hit], error) {
	found := roaming.Page[hit]{Bad: page.Bad}
	if l.redactor != nil {
		for i := range found.Bad {
			found.Bad[i] = l.redactor.Unreadable(found.Bad[i])
		}
	}
	for _, m := range page.Items {
		message, err := archive.FromView(ref, m, archive.Roaming, o)
		if err != nil {
			return found, err
		}
		l.progress(ref)
		if !l.query.Match(message.Document()) {
			continue
		}
		if l.hits == l.page.Limit() && l.hits > 0 {
			l.cut = true
			break
		}
		l.hits++
		found.Items = append(found.Items, l.hit(message))
	}
	return found, l.checkRedacted(found.Items)
}

// hit is the row of a message that the query takes.
func (l *live) hit(m archive.Message) hit {
	stored := archive.Stored{Message: m, Sources: archive.Roaming}
	if l.redactor != nil {
		stored = l.redactor.Stored(stored)
	}
	row := hit{Record: stored.Record(), Hit: l.hits, Match: true}
	row.setSnippet(snippetOf(l.query, &stored.Message))
	return row
}

// progress notes how far the search is, where no hits show it.
func (l *live) progress(ref roaming.Ref) {
	l.read++
	if l.read%progressEvery == 0 {
		l.app.Note("searched %d messages, %d hits; now %s", l.read, l.hits, ref)
	}
}
