package source

import (
	"context"
	"io"
	"io/fs"
	"iter"
	"strconv"
	"strings"

	"github.com/roamctl/roamctl/internal/archive"
	archivefiles "github.com/roamctl/roamctl/internal/archive/files"
	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/roaming"
)

// archived is an archive.
type archived struct {
	store archive.Store
	files archivefiles.Folder
	about About
	// fetched are the attachments in files, by their message and URL; nil until one is
	// needed.
	fetched map[fileKey]string

	knownOf roaming.Ref // of the last read of a conversation without bounds
	last    known
}

type fileKey struct {
	message archive.Key
	url     string
}

// NewArchive is an archive at place, of the app appKey if that is not empty, whose
// fetched attachments are in the folder files. The store stays open after Close.
func NewArchive(store archive.Store, place, appKey string, files archivefiles.Folder) Source {
	return &archived{store: store, files: files, about: About{
		Kind: Archive, Name: place, AppKey: appKey,
		Lacks: "messages that were deleted, recalled or expired before the archive got them",
	}}
}

// About implements Source.
func (a *archived) About() About { return a.about }

// Conversations implements Source: those on the archive's list of the user.
func (a *archived) Conversations(ctx context.Context, user string) iter.Seq2[roaming.Conversation, error] {
	return func(yield func(roaming.Conversation, error) bool) {
		for l, err := range a.store.List(ctx, user) {
			c := roaming.Conversation{ID: l.Conversation.For(user), Type: l.Conversation.Type}
			if l.Last != nil {
				last := messageOf(user, l.Last).Message
				c.LastActive, c.LastMessage = last.Timestamp, &last
			}
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

// Users implements Lister.
func (a *archived) Users(ctx context.Context) iter.Seq2[string, error] { return a.store.Users(ctx) }

// Messages implements Source. It yields all that the archive has of the conversation,
// whether or not the user sees it.
func (a *archived) Messages(ctx context.Context, ref roaming.Ref, q Query) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		conversation := archive.ConversationOf(ref)
		known, err := a.knownFor(ctx, ref, q)
		search := archive.Search{Query: query.Query{Expr: q.expr(conversation)}, Span: q.span(), Oldest: q.Direction == roaming.Down, Raw: true}
		if err == nil && q.After != "" {
			search.After, err = strconv.ParseInt(string(q.After), 10, 64)
		}
		if err != nil {
			yield(Message{}, err)
			return
		}
		for stored, err := range a.store.Search(ctx, search) {
			var m Message
			if err == nil {
				m = messageOf(ref.User, &stored)
				known.tell(&m, stored.Keys)
				m.Forms, err = a.forms(ctx, ref.User, &stored, q)
				if m.Position = Position(strconv.FormatInt(stored.Position, 10)); q.Raw {
					m.Raw = stored.Raw
				}
			}
			if !yield(m, err) || err != nil {
				return
			}
		}
	}
}

// maxForms is how many earlier forms of a message are read.
const maxForms = 20

// forms are the earlier forms of a message, if the query asks for them.
func (a *archived) forms(ctx context.Context, user string, s *archive.Stored, q Query) (all []roaming.Message, err error) {
	if !q.Forms || s.Revisions == 0 {
		return nil, nil
	}
	for r, err := range a.store.Revisions(ctx, s.Key) {
		if err != nil {
			return nil, err
		}
		all = append(all, messageOf(user, &archive.Stored{Message: r.Message}).Message)
		if len(all) == maxForms {
			break
		}
	}
	return all, nil
}

// expr is the query for messages of a conversation, without its bounds.
func (q Query) expr(c archive.Conversation) query.Expr {
	all := query.And{c.Query()}
	if q.Filter.Expr != nil {
		all = append(all, q.Filter.Expr)
	}
	if len(q.Kinds) > 0 {
		var kinds query.Or
		for _, k := range q.Kinds {
			kinds = append(kinds, query.Kind{Kind: k})
		}
		all = append(all, kinds)
	}
	return all
}

// span is the query's bounds. Messages without a time are outside of all bounds.
func (q Query) span() archive.Span {
	span := archive.Everything()
	if !q.Since.IsZero() {
		span.From = q.Since.UnixMilli()
	}
	if !q.Until.IsZero() {
		span.From, span.To = max(span.From, 1), q.Until.UnixMilli()
	}
	return span
}

// messageOf is a stored message as one of a user's history.
func messageOf(user string, s *archive.Stored) Message {
	m := Message{Key: s.Key, Earlier: s.Revisions, Message: roaming.Message{
		Timestamp: s.Time, RawTimestamp: s.RawTime, ChatType: s.Conversation.Type, Conversation: s.Conversation.For(user),
		From: s.From, To: s.To, Kind: s.Kind, Text: s.Text, Body: s.Body, Ext: s.Ext, Details: s.Details,
	}}
	if id, err := roaming.ParseMessageID(s.Key.ID()); err == nil {
		m.ID = id
	}
	return m
}

// Gaps implements Source: what is missing of what was fetched of the user's
// conversation, and of the app's hours since then.
func (a *archived) Gaps(ctx context.Context, ref roaming.Ref, q Query) iter.Seq2[Gap, error] {
	return func(yield func(Gap, error) bool) {
		never, err := archive.NeverRead(ctx, a.store, ref)
		if never != "" && !yield(Gap{Reason: never, Shared: true}, nil) {
			return
		}
		hours, read := q.span(), int64(0)
		if err == nil {
			read, err = a.readUpTo(ctx, ref)
		}
		if err != nil {
			yield(Gap{}, err)
			return
		}
		hours.From = max(hours.From, read+1)
		conversation := archive.ConversationOf(ref)
		for _, gaps := range []iter.Seq2[archive.Gap, error]{
			archive.Gaps(archive.GapQuery{Span: hours}, a.store.Fetches(ctx, archive.Subject{}, hours), nil),
			a.store.Gaps(ctx, archive.GapQuery{Span: q.span(), User: ref.User}),
		} {
			for g, err := range gaps {
				if c := g.Subject.Conversation; err == nil && c != conversation && c != (archive.Conversation{}) {
					continue
				}
				if !yield(gapOf(g), err) || err != nil {
					return
				}
			}
		}
	}
}

// readUpTo is the time in ms up to which syncs read the user's view of a conversation; 0
// for none.
func (a *archived) readUpTo(ctx context.Context, ref roaming.Ref) (ms int64, err error) {
	subject := archive.Subject{User: strings.ToLower(ref.User), Conversation: archive.ConversationOf(ref)}
	for f, err := range a.store.Fetches(ctx, subject, archive.Everything()) {
		if err != nil {
			return 0, err
		}
		if f.State == archive.Complete && f.Span.From <= ms+1 {
			ms = max(ms, f.Span.To)
		}
	}
	return ms, nil
}

func gapOf(g archive.Gap) Gap {
	from, to := roaming.Millis(g.Span.From), roaming.Millis(g.Span.To)
	if g.Span.To >= archive.Everything().To {
		to = roaming.Time{}
	}
	what := "what the whole app sent"
	if g.Subject.User != "" {
		what = "the user's history"
	}
	why := map[archive.FetchState]string{
		archive.Young: "was fetched before it was complete", archive.Failed: "could not be fetched",
		archive.Lost: "is no longer on the service", archive.Never: "was never fetched",
	}[g.State]
	reason := what + " " + why
	if g.Reason != "" {
		reason += ": " + g.Reason
	}
	return Gap{From: from, To: to, Reason: reason, Shared: g.Subject.Conversation == archive.Conversation{}}
}

// Attachment implements Source.
func (a *archived) Attachment(ctx context.Context, m Message, part Part, w io.Writer) error {
	if a.fetched == nil {
		a.fetched = map[fileKey]string{}
		for f, err := range a.store.Attachments(ctx, archive.Fetched) {
			if err != nil {
				return err
			}
			a.fetched[fileKey{f.Message, f.URL}] = f.SHA256
		}
	}
	url, _ := part.address(m.Message)
	digest, ok := a.fetched[fileKey{m.Key, url}]
	if url == "" || !ok {
		return fs.ErrNotExist
	}
	return a.files.Copy(w, digest)
}

// Close implements Source.
func (a *archived) Close() error { return nil }
