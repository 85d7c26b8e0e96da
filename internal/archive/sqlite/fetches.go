package sqlite

import (
	"context"
	"database/sql"
	"iter"
	"strings"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/content"
	"github.com/roamctl/roamctl/internal/roaming"
)

// fetch notes what became of a fetch. What was complete stays so.
func (i *importer) fetch(ctx context.Context, f archive.Fetch) error {
	user, conversation, err := i.subject(ctx, f.Subject)
	if err != nil {
		return err
	}
	if f.State != archive.Complete {
		done, err := exists(ctx, i, "SELECT 1 FROM fetches WHERE user = ? AND conversation = ? AND from_ms <= ? AND to_ms >= ? AND state = 'complete'",
			user, conversation, f.Span.From, f.Span.To)
		if err != nil || done {
			return err
		}
	}
	if _, err := i.exec(ctx, "DELETE FROM fetches WHERE user = ? AND conversation = ? AND from_ms >= ? AND to_ms <= ? AND (state <> 'complete' OR ?)",
		user, conversation, f.Span.From, f.Span.To, f.State == archive.Complete); err != nil {
		return err
	}
	_, err = i.exec(ctx, "INSERT OR REPLACE INTO fetches(user, conversation, from_ms, to_ms, at, state, reason, records, last) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
		user, conversation, f.Span.From, f.Span.To, content.Millis(f.At), string(f.State), f.Reason, f.Records, []byte(f.Last))
	return err
}

// subject are the numbers of a fetch's user and conversation, 0 for the app.
func (w *writer) subject(ctx context.Context, s archive.Subject) (user, conversation int64, err error) {
	if s == (archive.Subject{}) {
		return 0, 0, nil
	}
	if user, err = w.name(ctx, strings.ToLower(s.User)); err != nil || s.Conversation == (archive.Conversation{}) {
		return user, 0, err
	}
	conversation, err = w.conversation(ctx, s.Conversation)
	return user, conversation, err
}

// eachFetch calls fn for the fetches that overlap a span, in the order of their
// subjects and spans.
func (s *Store) eachFetch(ctx context.Context, span archive.Span, where string, args []any, fn func(archive.Fetch) error) error {
	args = append([]any{span.To, span.From}, args...)
	return each(ctx, s.read, `SELECT user, conversation, from_ms, to_ms, at, state, reason, records, last FROM fetches
		WHERE from_ms <= ? AND to_ms >= ? AND `+where+` ORDER BY user, conversation, from_ms`, args, func(rows *sql.Rows) (err error) {
		var f archive.Fetch
		var user, conversation, at int64
		var last []byte
		if err := rows.Scan(&user, &conversation, &f.Span.From, &f.Span.To, &at, &f.State, &f.Reason, &f.Records, &last); err != nil {
			return err
		}
		f.At, f.Last = roaming.Millis(at), archive.Key(last)
		if f.Subject.User, err = s.names.name(ctx, s.read, user); err != nil {
			return err
		}
		if f.Subject.Conversation, err = s.names.conversation(ctx, s.read, conversation); err != nil {
			return err
		}
		return fn(f)
	})
}

// Fetches implements archive.Store.
func (s *Store) Fetches(ctx context.Context, subject archive.Subject, span archive.Span) iter.Seq2[archive.Fetch, error] {
	return sequence(s, func(yield func(archive.Fetch) error) error {
		return s.eachFetch(ctx, span, ofUser, userArgs(subject.User), func(f archive.Fetch) error {
			if f.Subject != subject && subject.Conversation != (archive.Conversation{}) {
				return nil
			}
			return yield(f)
		})
	})
}

// ofUser chooses fetches of one user, or of the app for "".
const ofUser = "user = CASE ? WHEN '' THEN 0 ELSE (SELECT id FROM names WHERE name = ?) END"

func userArgs(user string) []any { return []any{strings.ToLower(user), strings.ToLower(user)} }

// Gaps implements archive.Store.
func (s *Store) Gaps(ctx context.Context, q archive.GapQuery) iter.Seq2[archive.Gap, error] {
	if q.User != "" {
		return archive.Gaps(q, nil, s.fetches(ctx, q.Span, ofUser, userArgs(q.User)))
	}
	return archive.Gaps(q, s.fetches(ctx, q.Span, "user = 0", nil), s.fetches(ctx, q.Span, "user <> 0", nil))
}

// fetches is eachFetch as a sequence.
func (s *Store) fetches(ctx context.Context, span archive.Span, where string, args []any) iter.Seq2[archive.Fetch, error] {
	return sequence(s, func(yield func(archive.Fetch) error) error { return s.eachFetch(ctx, span, where, args, yield) })
}
