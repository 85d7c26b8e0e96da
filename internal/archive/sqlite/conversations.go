package sqlite

import (
	"context"
	"database/sql"
	"iter"
	"strings"

	"github.com/roamctl/roamctl/internal/archive"
)

// Conversations implements archive.Store.
func (s *Store) Conversations(ctx context.Context, user string) iter.Seq2[archive.Conversation, error] {
	return sequence(s, func(yield func(archive.Conversation) error) error {
		const statement = `SELECT conversation FROM ranges WHERE user = (SELECT id FROM names WHERE name = ?1)
			UNION SELECT conversation FROM fetches WHERE user = (SELECT id FROM names WHERE name = ?1) AND conversation <> 0`
		return each(ctx, s.read, statement, []any{strings.ToLower(user)}, func(rows *sql.Rows) error {
			var id int64
			if err := rows.Scan(&id); err != nil {
				return err
			}
			c, err := s.names.conversation(ctx, s.read, id)
			if err != nil {
				return err
			}
			return yield(c)
		})
	})
}

// knownOf are the conversations of the names ?1: one-to-one chats, and what was
// fetched or imported for them.
const knownOf = `WITH me AS MATERIALIZED (` + namesOf + `),
	fetched AS MATERIALIZED (
		SELECT conversation AS id FROM ranges WHERE user IN me UNION
		SELECT conversation FROM fetches WHERE user IN me AND conversation <> 0),
	known AS MATERIALIZED (
		SELECT id FROM conversations WHERE b <> 0 AND a IN me UNION
		SELECT id FROM conversations WHERE b <> 0 AND b IN me UNION
		SELECT id FROM fetched) `

// latest is the row of a conversation's latest message, -1 for none.
type latest struct{ conversation, row int64 }

// List implements archive.Store. The latest messages come from the index of
// conversations. Other groups are found among the user's own messages, of which it
// reads those that are newer than what the caller takes.
func (s *Store) List(ctx context.Context, user string) iter.Seq2[archive.Listed, error] {
	return sequence(s, func(yield func(archive.Listed) error) error {
		known, err := s.latestKnown(ctx, user)
		if err != nil {
			return err
		}
		seen := make(map[int64]bool, len(known))
		for _, l := range known {
			seen[l.conversation] = true
		}
		err = s.eachOwn(ctx, user, func(own latest) error {
			for len(known) > 0 && known[0].row > own.row {
				next := known[0]
				known = known[1:]
				if err := s.yieldLatest(ctx, next, yield); err != nil {
					return err
				}
			}
			if seen[own.conversation] {
				return nil
			}
			seen[own.conversation] = true
			return s.yieldLatest(ctx, own, yield)
		})
		for _, l := range known {
			if err == nil {
				err = s.yieldLatest(ctx, l, yield)
			}
		}
		return err
	})
}

// latestKnown are the conversations that are known without the user's messages, the
// latest first.
func (s *Store) latestKnown(ctx context.Context, user string) (all []latest, err error) {
	const statement = knownOf + `SELECT * FROM (
			SELECT id, coalesce((SELECT max(row) FROM messages WHERE conversation = known.id), -1) AS latest FROM known)
		WHERE latest >= 0 OR id IN fetched ORDER BY latest DESC, id`
	err = eachLatest(ctx, s.read, statement, []any{strings.ToLower(user)}, func(l latest) error {
		all = append(all, l)
		return nil
	})
	return all, err
}

// eachOwn calls fn for the user's messages, newest first, unless the archive has no
// groups but those that are known.
func (s *Store) eachOwn(ctx context.Context, user string, fn func(latest) error) error {
	folded := strings.ToLower(user)
	others, err := exists(ctx, s.read, knownOf+"SELECT 1 FROM conversations WHERE b = 0 AND type <> '' AND id NOT IN known", folded)
	if err != nil || !others {
		return err
	}
	senders, err := chosenBy(ctx, s.read, "sender", namesOf, user)
	if err != nil || len(senders) == 0 {
		return err
	}
	// Each part is in the order of the rows, so SQLite merges them without sorting.
	const one = "SELECT conversation, row FROM messages WHERE sender = ?"
	args := make([]any, len(senders))
	for n, c := range senders {
		args[n] = c.number
	}
	statement := strings.Repeat(one+" UNION ALL ", len(senders)-1) + one + " ORDER BY 2 DESC"
	return eachLatest(ctx, s.read, statement, args, fn)
}

func eachLatest(ctx context.Context, q querier, statement string, args []any, fn func(latest) error) error {
	return each(ctx, q, statement, args, func(rows *sql.Rows) error {
		var l latest
		if err := rows.Scan(&l.conversation, &l.row); err != nil {
			return err
		}
		return fn(l)
	})
}

// yieldLatest reads the message.
func (s *Store) yieldLatest(ctx context.Context, l latest, yield func(archive.Listed) error) error {
	c, err := s.names.conversation(ctx, s.read, l.conversation)
	if err != nil || c == (archive.Conversation{}) {
		return err
	}
	listed := archive.Listed{Conversation: c}
	if l.row >= 0 {
		last, err := s.reader().list(ctx, false, "m.row = ?", l.row)
		if err != nil || len(last) == 0 { // erased meanwhile
			return err
		}
		listed.Last = &last[0]
	}
	return yield(listed)
}

// Users implements archive.Store.
func (s *Store) Users(ctx context.Context) iter.Seq2[string, error] {
	const statement = `SELECT DISTINCT folded FROM names AS n WHERE name <> '' AND (
			EXISTS(SELECT 1 FROM messages WHERE sender = n.id)
			OR EXISTS(SELECT 1 FROM conversations AS c WHERE c.b <> 0 AND c.a = n.id AND EXISTS(SELECT 1 FROM messages WHERE conversation = c.id))
			OR EXISTS(SELECT 1 FROM conversations AS c WHERE c.b <> 0 AND c.b = n.id AND EXISTS(SELECT 1 FROM messages WHERE conversation = c.id))
			OR EXISTS(SELECT 1 FROM ranges WHERE user = n.id)
			OR EXISTS(SELECT 1 FROM fetches WHERE user = n.id))
		ORDER BY folded`
	return sequence(s, func(yield func(string) error) error {
		return each(ctx, s.read, statement, nil, func(rows *sql.Rows) error {
			var user string
			if err := rows.Scan(&user); err != nil {
				return err
			}
			return yield(user)
		})
	})
}
