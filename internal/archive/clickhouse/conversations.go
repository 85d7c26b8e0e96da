package clickhouse

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/roamctl/roamctl/internal/archive"
)

// Conversations implements archive.Store.
func (s *Store) Conversations(ctx context.Context, user string) iter.Seq2[archive.Conversation, error] {
	return func(yield func(archive.Conversation, error) bool) {
		const sql = `SELECT DISTINCT chat_type, a, b FROM (
			SELECT chat_type, a, b FROM ranges FINAL WHERE deleted = 0 AND user = %[1]s
			UNION ALL SELECT chat_type, a, b FROM fetches FINAL WHERE deleted = 0 AND a != '' AND user = %[1]s)
			ORDER BY chat_type, a, b`
		for c, err := range list[subject](ctx, s.c, fmt.Sprintf(sql, quote(column(strings.ToLower(user))))) {
			if !yield(c.conversation(), s.wrap(err)) || err != nil {
				return
			}
		}
	}
}

// listedAtOnce is how many latest messages one request reads.
const listedAtOnce = 50

// List implements archive.Store. It looks for the latest messages in windows of
// positions, the newest first, as many as the caller takes.
func (s *Store) List(ctx context.Context, user string) iter.Seq2[archive.Listed, error] {
	return func(yield func(archive.Listed, error) bool) {
		st, err := s.state(ctx)
		var fetched []archive.Conversation
		if err == nil {
			fetched, err = s.fetched(ctx, user)
		}
		if err != nil {
			yield(archive.Listed{}, s.wrap(err))
			return
		}
		listed := map[archive.Conversation]bool{}
		for positions, err := range s.latest(ctx, &st, ofUser(user, fetched), listed) {
			if err != nil || !s.yieldLatest(ctx, positions, yield) {
				if err != nil {
					yield(archive.Listed{}, s.wrap(err))
				}
				return
			}
		}
		for _, c := range fetched {
			if !listed[c] && !yield(archive.Listed{Conversation: c}, nil) {
				return
			}
		}
	}
}

// fetched are the conversations that were fetched for a user.
func (s *Store) fetched(ctx context.Context, user string) (all []archive.Conversation, err error) {
	for c, err := range s.Conversations(ctx, user) {
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// ofUser is the condition on messages of which the latest are listed.
func ofUser(user string, fetched []archive.Conversation) string {
	id := quote(column(strings.ToLower(user)))
	where := fmt.Sprintf("sender = %[1]s OR plain = 0 AND lowerUTF8(sender) = %[1]s OR b != '' AND (a = %[1]s OR b = %[1]s)", id)
	if len(fetched) == 0 {
		return where
	}
	tuples := make([]string, len(fetched))
	for n, c := range fetched {
		tuples[n] = subjectOf("", c).chat()
	}
	return where + " OR (chat_type, a, b) IN (" + strings.Join(tuples, ",") + ")"
}

// latest lists the positions of the latest messages of conversations, newest first. It
// adds the conversations to listed.
func (s *Store) latest(ctx context.Context, st *state, where string, listed map[archive.Conversation]bool) iter.Seq2[[]int64, error] {
	const sql = `SELECT chat_type, a, b, latest AS position FROM (SELECT chat_type, a, b, max(position) AS latest FROM messages
		WHERE position BETWEEN %d AND %d AND added <= %d AND chat_type != '' AND (%s) GROUP BY chat_type, a, b) ORDER BY position DESC`
	return func(yield func([]int64, error) bool) {
		window := st.firstWindow()
		for to := st.Last; to >= st.First; window = min(window, 1<<60) * 4 {
			from := to - min(window, to-st.First)
			var positions []int64
			for r, err := range list[*messageRow](ctx, s.c, fmt.Sprintf(sql, from, to, st.Batch, where)) {
				if err != nil {
					yield(nil, err)
					return
				}
				if c := r.conversation(); !listed[c] {
					listed[c] = true
					positions = append(positions, r.Position)
				}
			}
			if !yield(positions, nil) {
				return
			}
			to = from - 1
		}
	}
}

// yieldLatest reads messages. It reports whether to continue.
func (s *Store) yieldLatest(ctx context.Context, positions []int64, yield func(archive.Listed, error) bool) bool {
	for chunk := range slices.Chunk(positions, listedAtOnce) {
		for r, err := range list[*messageRow](ctx, s.c, rowsSQL(storedColumns, chunk, "DESC")) {
			var m archive.Stored
			if err == nil {
				m, err = r.stored()
			}
			if err != nil {
				yield(archive.Listed{}, s.wrap(err))
				return false
			}
			if !yield(archive.Listed{Conversation: m.Conversation, Last: &m}, nil) {
				return false
			}
		}
	}
	return true
}

// Users implements archive.Store.
func (s *Store) Users(ctx context.Context) iter.Seq2[string, error] {
	const sql = `SELECT DISTINCT user FROM (
			SELECT if(plain = 1 OR startsWith(sender, %[2]s), sender, lowerUTF8(sender)) AS user FROM messages WHERE added <= %[1]d
			UNION ALL SELECT a AS user FROM messages WHERE b != '' AND added <= %[1]d
			UNION ALL SELECT b AS user FROM messages WHERE b != '' AND added <= %[1]d
			UNION ALL SELECT user FROM ranges FINAL WHERE deleted = 0
			UNION ALL SELECT user FROM fetches FINAL WHERE deleted = 0)
		WHERE user != '' ORDER BY user`
	return func(yield func(string, error) bool) {
		st, err := s.state(ctx)
		if err != nil {
			yield("", s.wrap(err))
			return
		}
		for r, err := range list[subject](ctx, s.c, fmt.Sprintf(sql, st.Batch, quote(notText))) {
			if !yield(strings.ToLower(uncolumn(r.User)), s.wrap(err)) || err != nil {
				return
			}
		}
	}
}
