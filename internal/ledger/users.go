package ledger

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"iter"

	"github.com/roamctl/roamctl/internal/fault"
)

// State says how far a user's part of a run is.
type State string

// A user's part waits, waits for another try, is done, or failed.
const (
	Pending State = "pending"
	Again   State = "again"
	Done    State = "done"
	Failed  State = "failed"
)

// States are all states.
func States() []State { return []State{Done, Failed, Pending, Again} }

// User is a user of a run.
type User struct {
	Seq  int64 // in the order in which they were given, from 1
	ID   string
	Spec []byte // for Add: what is to be done for this user, where it is not the same for all
}

// Result is what became of a user's part of a run.
type Result struct {
	State         State
	Kind          fault.Kind // of a failure
	Error         string     // of a failure
	Conversations int        // that were read or deleted
	Messages      int
}

// Add adds users that are not there yet, and tells how many those were.
func (l *Ledger) Add(ctx context.Context, users []User) (added int, err error) {
	err = l.commit(ctx, func(tx *sql.Tx) error {
		added, err = add(ctx, tx, users)
		return err
	})
	return added, err
}

func add(ctx context.Context, tx *sql.Tx, users []User) (added int, err error) {
	ctx = context.WithoutCancel(ctx)
	insert, err := tx.PrepareContext(ctx, "INSERT INTO users(id, spec) VALUES(?, ?) ON CONFLICT DO NOTHING")
	if err != nil {
		return 0, err
	}
	defer insert.Close()
	for _, o := range users {
		result, err := insert.ExecContext(ctx, o.ID, o.Spec)
		if err != nil {
			return 0, err
		}
		n, err := result.RowsAffected()
		if err != nil {
			return 0, err
		}
		added += int(n)
	}
	return added, nil
}

// Waiting are up to limit users behind seq in a state, without what is to be
// done for each.
func (l *Ledger) Waiting(ctx context.Context, state State, seq int64, limit int) ([]User, error) {
	// The last condition is for the index, which leaves out those who are done.
	rows, err := l.db.QueryContext(ctx, "SELECT seq, id FROM users WHERE state = ? AND seq > ? AND state <> 'done' ORDER BY seq LIMIT ?", string(state), seq, limit)
	if err != nil {
		return nil, broken(l.path, err)
	}
	defer rows.Close()
	var all []User
	for rows.Next() {
		var o User
		if err := rows.Scan(&o.Seq, &o.ID); err != nil {
			return nil, broken(l.path, err)
		}
		all = append(all, o)
	}
	return all, broken(l.path, rows.Err())
}

// Spec is what is to be done for a user; nil where it is the same for all.
func (l *Ledger) Spec(ctx context.Context, o User) (spec []byte, err error) {
	err = l.db.QueryRowContext(ctx, "SELECT spec FROM users WHERE seq = ?", o.Seq).Scan(&spec)
	return spec, broken(l.path, err)
}

// Digest is the SHA-256, in hex, of all users in order with what is to be done
// for each.
func (l *Ledger) Digest(ctx context.Context) (string, error) {
	sum := sha256.New()
	for o, err := range query(ctx, l, "SELECT seq, id, spec FROM users ORDER BY seq", nil, func(rows *sql.Rows) (o User, err error) {
		err = rows.Scan(&o.Seq, &o.ID, &o.Spec)
		return o, err
	}) {
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%d %d %s %d %s\n", o.Seq, len(o.ID), o.ID, len(o.Spec), o.Spec)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// Finish notes what became of a user's part.
func (l *Ledger) Finish(ctx context.Context, o User, r Result) error {
	return l.commit(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(context.WithoutCancel(ctx),
			"UPDATE users SET state = ?, kind = ?, error = ?, conversations = ?, messages = ? WHERE seq = ?",
			string(r.State), string(r.Kind), r.Error, r.Conversations, r.Messages, o.Seq)
		return err
	})
}

// Retry makes the users whose part failed wait for another try, after those who
// had none yet. Why they failed stays with them until then.
func (l *Ledger) Retry(ctx context.Context) error {
	return l.commit(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(context.WithoutCancel(ctx), "UPDATE users SET state = 'again', conversations = 0, messages = 0 WHERE state = 'failed'")
		return err
	})
}

// Totals are a run's numbers.
type Totals struct {
	Users         int `json:"users"` // known so far
	Done          int `json:"done"`
	Failed        int `json:"failed"`
	Pending       int `json:"pending"`       // or waiting for another try
	Conversations int `json:"conversations"` // of those that are done or failed
	Messages      int `json:"messages"`      // likewise
	SetAside      int `json:"set_aside"`     // lines of a file of users that were no user IDs
}

// Totals adds up what there is.
func (l *Ledger) Totals(ctx context.Context) (t Totals, err error) {
	err = l.db.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(state = 'done'), 0), coalesce(sum(state = 'failed'), 0),
		coalesce(sum(state IN ('pending', 'again')), 0), coalesce(sum(conversations), 0), coalesce(sum(messages), 0),
		(SELECT count(*) FROM asides) FROM users`).
		Scan(&t.Users, &t.Done, &t.Failed, &t.Pending, &t.Conversations, &t.Messages, &t.SetAside)
	return t, broken(l.path, err)
}

// UserResult is a user with what became of their part.
type UserResult struct {
	User
	Result
}

// Users are the users in a state, or all for "", in order.
func (l *Ledger) Users(ctx context.Context, state State) iter.Seq2[UserResult, error] {
	where, args := "", []any(nil)
	if state != "" {
		where, args = " WHERE state = ?", []any{string(state)}
	}
	return query(ctx, l, "SELECT seq, id, state, kind, error, conversations, messages FROM users"+where+" ORDER BY seq", args,
		func(rows *sql.Rows) (r UserResult, err error) {
			err = rows.Scan(&r.Seq, &r.ID, &r.State, &r.Kind, &r.Error, &r.Conversations, &r.Messages)
			return r, err
		})
}

// query reads rows one at a time.
func query[T any](ctx context.Context, l *Ledger, text string, args []any, scan func(*sql.Rows) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		rows, err := l.db.QueryContext(ctx, text, args...)
		if err != nil {
			yield(zero, broken(l.path, err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			item, err := scan(rows)
			if err != nil {
				yield(zero, broken(l.path, err))
				return
			}
			if !yield(item, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(zero, broken(l.path, err))
		}
	}
}
