package sqlite

import (
	"context"
	"database/sql"
	"iter"
	"strings"

	"github.com/roamctl/roamctl/internal/archive"
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
	_, err = i.exec(ctx, "INSERT OR REPLACE INTO fetches(user, conversation, from_ms, to_ms, at, state, reason, records) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
		user, conversation, f.Span.From, f.Span.To, millis(f.At), string(f.State), f.Reason, f.Records)
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
	return each(ctx, s.read, `SELECT user, conversation, from_ms, to_ms, at, state, reason, records FROM fetches
		WHERE from_ms <= ? AND to_ms >= ? AND `+where+` ORDER BY user, conversation, from_ms`, args, func(rows *sql.Rows) (err error) {
		var f archive.Fetch
		var user, conversation, at int64
		if err := rows.Scan(&user, &conversation, &f.Span.From, &f.Span.To, &at, &f.State, &f.Reason, &f.Records); err != nil {
			return err
		}
		f.At = roaming.Millis(at)
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
			if f.Subject != subject {
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
	return sequence(s, func(yield func(archive.Gap) error) error {
		m := gapMerger{yield: yield}
		if q.User == "" {
			if err := s.appGaps(ctx, q, &m); err != nil {
				return err
			}
		}
		where, args := "user <> 0", []any(nil)
		if q.User != "" {
			where, args = ofUser, userArgs(q.User)
		}
		err := s.eachFetch(ctx, q.Span, where+" AND state <> 'complete'", args, func(f archive.Fetch) error {
			return m.add(archive.Gap{Subject: f.Subject, Span: f.Span, State: f.State, At: f.At, Reason: f.Reason})
		})
		if err != nil {
			return err
		}
		return m.flush()
	})
}

// appGaps adds the hours of the whole app that are missing.
func (s *Store) appGaps(ctx context.Context, q archive.GapQuery, m *gapMerger) error {
	next := int64(-1) // where the fetches so far end
	if q.Hours {
		next = q.Span.From
	}
	err := s.eachFetch(ctx, q.Span, "user = 0", nil, func(f archive.Fetch) error {
		if next >= 0 && f.Span.From > next {
			if err := m.add(archive.Gap{Span: archive.Span{From: next, To: f.Span.From - 1}, State: archive.Never}); err != nil {
				return err
			}
		}
		next = max(next, f.Span.To+1)
		if f.State == archive.Complete {
			return nil
		}
		return m.add(archive.Gap{Span: f.Span, State: f.State, At: f.At, Reason: f.Reason})
	})
	if err == nil && q.Hours && next <= q.Span.To {
		err = m.add(archive.Gap{Span: archive.Span{From: next, To: q.Span.To}, State: archive.Never})
	}
	return err
}

// gapMerger makes one gap of those that touch and have one state and reason.
type gapMerger struct {
	yield func(archive.Gap) error
	last  *archive.Gap
}

func (m *gapMerger) add(g archive.Gap) error {
	if l := m.last; l != nil && l.Subject == g.Subject && l.State == g.State && l.Reason == g.Reason && l.Span.To+1 == g.Span.From {
		l.Span.To = g.Span.To
		if g.At.After(l.At.Time) {
			l.At = g.At
		}
		return nil
	}
	if err := m.flush(); err != nil {
		return err
	}
	m.last = &g
	return nil
}

func (m *gapMerger) flush() error {
	if m.last == nil {
		return nil
	}
	g := *m.last
	m.last = nil
	return m.yield(g)
}
