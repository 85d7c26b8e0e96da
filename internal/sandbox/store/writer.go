package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Writer appends within one transaction. Messages and users are inserted many
// at a time; conversations and views are kept in memory and written once, so
// that millions of messages take seconds.
type Writer struct {
	s          *Store
	tx         *sql.Tx
	statements map[string]*sql.Stmt

	newMessages, newUsers *rows
	users                 map[string]int64 // IDs by name
	conversations         map[conversationKey]*pending
	hadUsers              bool   // there were users before the transaction
	lastUser, lastConv    int64  // the last IDs that were given out
	flushedUser           int64  // a user with a greater ID has no chats but those in memory
	newest                int64  // no stored message has a greater ID
	lastID                uint64 // the last message ID that was given out; 0 when it is not known
}

// Write runs fn in one transaction and commits what it appended. When fn fails,
// nothing of it is kept.
func (s *Store) Write(ctx context.Context, fn func(*Writer) error) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		w := &Writer{s: s, tx: tx, statements: map[string]*sql.Stmt{}, users: map[string]int64{}, conversations: map[conversationKey]*pending{}}
		w.newMessages = newRows(w, "INSERT OR FAIL INTO messages(id, conversation, ts, seq, sender, kind, flags, body, payload, origin, receiver) VALUES ", 11, "")
		w.newUsers = newRows(w, "INSERT OR FAIL INTO users(id, name, created) VALUES ", 3, "")
		err := w.row(ctx, `SELECT (SELECT coalesce(max(id), 0) FROM users), (SELECT coalesce(max(id), 0) FROM conversations),
			(SELECT coalesce(max(id), ?) FROM messages)`, math.MinInt64).scan(&w.lastUser, &w.lastConv, &w.newest)
		if err != nil {
			return fmt.Errorf("writing the sandbox's data: %w", err)
		}
		w.flushedUser, w.hadUsers = w.lastUser, w.lastUser > 0
		if err := fn(w); err != nil {
			return err
		}
		if err := w.flush(ctx); err != nil || w.lastID == 0 {
			return err
		}
		return w.Set(ctx, settingLastID, strconv.FormatUint(w.lastID, 10))
	})
}

// CreateUsers makes the accounts that do not exist yet, as if at created, in
// Unix ms; 0 is now. Names are made lower case, as the service does with user
// IDs (docs/contract.md, section 2).
func (w *Writer) CreateUsers(ctx context.Context, created int64, names ...string) error {
	ctx = context.WithoutCancel(ctx)
	if created == 0 {
		created = w.s.now().UnixMilli()
	}
	for _, name := range names {
		if _, err := w.user(ctx, name, created); err != nil {
			return err
		}
	}
	return nil
}

// user returns the ID of an account, which it makes if there is none.
func (w *Writer) user(ctx context.Context, name string, created int64) (int64, error) {
	name = strings.ToLower(name)
	if id, ok := w.users[name]; ok {
		return id, nil
	}
	if name == "" {
		return 0, fmt.Errorf("user %q: %w", name, ErrName)
	}
	var id int64
	err := sql.ErrNoRows
	if w.hadUsers {
		err = w.row(ctx, "SELECT id FROM users WHERE name = ?", name).scan(&id)
	}
	if errors.Is(err, sql.ErrNoRows) {
		w.lastUser++
		id = w.lastUser
		err = w.newUsers.add(ctx, id, name, created)
	}
	if err != nil {
		return 0, fmt.Errorf("user %q: %w", name, err)
	}
	w.users[name] = id
	return id, nil
}

// Set writes a setting.
func (w *Writer) Set(ctx context.Context, key, value string) error {
	return w.exec(ctx, "INSERT INTO settings VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value", key, value)
}

// Setting reads a setting, "" when there is none.
func (w *Writer) Setting(ctx context.Context, key string) (string, error) {
	var v string
	err := w.row(ctx, "SELECT value FROM settings WHERE key = ?", key).scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return v, err
}

func (w *Writer) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if st, ok := w.statements[query]; ok {
		return st, nil
	}
	st, err := w.tx.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("writing the sandbox's data: %w", err)
	}
	w.statements[query] = st // closed with the transaction
	return st, nil
}

func (w *Writer) exec(ctx context.Context, query string, args ...any) error {
	st, err := w.prepare(ctx, query) //nolint:sqlclosecheck // kept for the batch, closed with the transaction
	if err != nil {
		return err
	}
	if _, err := st.ExecContext(ctx, args...); err != nil {
		return fmt.Errorf("writing the sandbox's data: %w", err)
	}
	return nil
}

// row is a query for one row on a prepared statement.
type row struct {
	r   *sql.Row
	err error
}

func (w *Writer) row(ctx context.Context, query string, args ...any) row {
	st, err := w.prepare(ctx, query) //nolint:sqlclosecheck // kept for the batch, closed with the transaction
	if err != nil {
		return row{err: err}
	}
	return row{r: st.QueryRowContext(ctx, args...)}
}

func (r row) scan(to ...any) error {
	if r.err != nil {
		return r.err
	}
	return r.r.Scan(to...)
}

// rowsEach is how many rows a statement inserts.
const rowsEach = 64

// rows inserts many rows with few statements.
type rows struct {
	w          *Writer
	head, tail string // around the values
	columns    int
	full       string // the statement for rowsEach rows
	args       []any
}

func newRows(w *Writer, head string, columns int, tail string) *rows {
	r := &rows{w: w, head: head, tail: tail, columns: columns}
	r.full = r.statement(rowsEach)
	return r
}

func (r *rows) statement(n int) string {
	one := "(" + placeholders(r.columns) + ")"
	return r.head + one + strings.Repeat(","+one, n-1) + r.tail
}

// add inserts a row, now or together with the next ones.
func (r *rows) add(ctx context.Context, values ...any) error {
	r.args = append(r.args, values...)
	if len(r.args) < rowsEach*r.columns {
		return nil
	}
	defer func() { r.args = r.args[:0] }()
	return r.w.exec(ctx, r.full, r.args...)
}

// flush inserts the rows that were added and not inserted yet.
func (r *rows) flush(ctx context.Context) error {
	if len(r.args) == 0 {
		return nil
	}
	defer func() { r.args = r.args[:0] }()
	return r.w.exec(ctx, r.statement(len(r.args)/r.columns), r.args...)
}
