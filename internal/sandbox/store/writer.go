package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
)

// Writer appends within one transaction. What it has looked up it remembers
// until the commit, so that a batch of thousands costs few reads.
type Writer struct {
	s             *Store
	tx            *sql.Tx
	statements    map[string]*sql.Stmt
	users         map[string]int64
	conversations map[string]*conversation
	views         map[viewKey]*view
	lastID        uint64
}

type viewKey struct{ user, conversation int64 }

// view is what a batch did to one view.
type view struct{ own int64 }

// Write runs fn in one transaction and commits what it appended. When fn fails
// nothing of it is kept.
func (s *Store) Write(ctx context.Context, fn func(*Writer) error) error {
	tx, end, err := s.begin(ctx)
	if err != nil {
		return fmt.Errorf("writing to the sandbox's data: %w", err)
	}
	defer end()
	w := &Writer{
		s: s, tx: tx, statements: map[string]*sql.Stmt{}, users: map[string]int64{},
		conversations: map[string]*conversation{}, views: map[viewKey]*view{},
	}
	if err := fn(w); err != nil {
		return err
	}
	if err := w.flush(ctx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("writing to the sandbox's data: %w", err)
	}
	s.changes.tell()
	return nil
}

// flush writes the counters that Append kept in memory.
func (w *Writer) flush(ctx context.Context) error {
	for _, c := range w.conversations {
		if !c.dirty {
			continue
		}
		err := w.exec(ctx, `UPDATE conversations SET seq = ?, activity = ?, max_ts = ?, late_seq = ?,
			last_ts = ?, last_id = ?, import_ts = ?, live_seq = ? WHERE id = ?`,
			c.seq, c.activity, c.maxTS, c.lateSeq, c.lastTS, c.lastID, c.importTS, c.liveSeq, c.id)
		if err != nil {
			return err
		}
	}
	for k, v := range w.views {
		if v.own == 0 {
			continue
		}
		err := w.exec(ctx, "UPDATE views SET read_at = read_at + ? WHERE user = ? AND conversation = ?", v.own, k.user, k.conversation)
		if err != nil {
			return err
		}
	}
	if w.lastID == 0 {
		return nil
	}
	return w.Set(ctx, "last_id", strconv.FormatUint(w.lastID, 10))
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

// newID gives message IDs that rise with time and never repeat in a folder.
func (w *Writer) newID(ctx context.Context) (uint64, error) {
	if w.lastID == 0 {
		v, err := w.Setting(ctx, "last_id")
		if err != nil {
			return 0, err
		}
		if v != "" {
			if w.lastID, err = strconv.ParseUint(v, 10, 64); err != nil {
				return 0, fmt.Errorf("reading the last message ID: %w", err)
			}
		}
	}
	const perMillisecond = 1 << 20 // leaves 43 bits for the milliseconds
	w.lastID = max(w.lastID+1, uint64(max(0, w.s.now().UnixMilli()))*perMillisecond)
	return w.lastID, nil
}

func (w *Writer) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if st, ok := w.statements[query]; ok {
		return st, nil
	}
	st, err := w.tx.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("writing to the sandbox's data: %w", err)
	}
	w.statements[query] = st // closed with the transaction
	return st, nil
}

func (w *Writer) exec(ctx context.Context, query string, args ...any) error {
	_, err := w.affected(ctx, query, args...)
	return err
}

func (w *Writer) affected(ctx context.Context, query string, args ...any) (int64, error) {
	st, err := w.prepare(ctx, query) //nolint:sqlclosecheck // kept for the batch, closed with the transaction
	if err != nil {
		return 0, err
	}
	r, err := st.ExecContext(ctx, args...)
	if err != nil {
		return 0, fmt.Errorf("writing to the sandbox's data: %w", err)
	}
	return r.RowsAffected()
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
