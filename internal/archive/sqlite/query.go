package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"slices"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/content"
)

// querier reads: the readers' pool, one connection of it, or the writer.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// statements are queries of a pool that stay prepared until close. To prepare one takes
// longer than to read a row. They are not safe for concurrent use.
type statements struct {
	pool     *sql.DB
	prepared map[string]*sql.Stmt
}

// QueryContext makes statements a querier.
func (s *statements) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, ok := s.prepared[query]
	if !ok {
		var err error
		if stmt, err = s.pool.PrepareContext(ctx, query); err != nil {
			return nil, err
		}
		s.prepared[query] = stmt
	}
	return stmt.QueryContext(ctx, args...)
}

func (s *statements) close() {
	for _, stmt := range s.prepared {
		_ = stmt.Close()
	}
}

// each calls fn for each row of a query.
func each(ctx context.Context, q querier, query string, args []any, fn func(*sql.Rows) error) (err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := fn(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// scan reads the first row of a query. It reports whether there is one.
func scan(ctx context.Context, q querier, into []any, query string, args ...any) (found bool, err error) {
	err = each(ctx, q, query, args, func(rows *sql.Rows) error {
		if found {
			return nil
		}
		found = true
		return rows.Scan(into...)
	})
	return found, err
}

func exists(ctx context.Context, q querier, query string, args ...any) (bool, error) {
	var one any
	return scan(ctx, q, []any{&one}, query, args...)
}

// errStop ends each early.
var errStop = errors.New("stop")

// chunkSize bounds the arguments of a statement.
const chunkSize = 128

func chunks[T any](all []T) iter.Seq[[]T] { return slices.Chunk(all, chunkSize) }

// meta is what a store keeps of itself.
type meta struct {
	secret  []byte
	tokens  string
	batch   int64
	spill   int64
	erasing bool
}

func readMeta(ctx context.Context, q querier) (m meta, err error) {
	err = each(ctx, q, "SELECT name, value FROM meta", nil, func(rows *sql.Rows) error {
		var name string
		var value any
		if err := rows.Scan(&name, &value); err != nil {
			return err
		}
		number, _ := value.(int64)
		switch name {
		case metaSecret:
			m.secret, _ = value.([]byte)
		case metaTokens:
			m.tokens, _ = value.(string)
		case metaBatch:
			m.batch = number
		case metaSpill:
			m.spill = number
		case metaErasing:
			m.erasing = number != 0
		}
		return nil
	})
	return m, err
}

// counts are how many messages have a set of sources, or how many more.
type counts map[archive.Source]int64

// addCounts notes how many more messages there are.
func (w *writer) addCounts(ctx context.Context, more counts) error {
	for sources, n := range more {
		if _, err := w.exec(ctx, "INSERT INTO counts(sources, messages) VALUES(?, ?) ON CONFLICT DO UPDATE SET messages = messages + excluded.messages",
			int64(sources), n); err != nil {
			return err
		}
	}
	return nil
}

// run is the number of a run, which is made when it is new.
func (w *writer) run(ctx context.Context, r archive.Run) (id int64, err error) {
	if _, err := w.exec(ctx, "INSERT INTO runs(name, started) VALUES(?, ?) ON CONFLICT DO NOTHING", r.ID, content.Millis(r.Started)); err != nil {
		return 0, err
	}
	_, err = scan(ctx, w, []any{&id}, "SELECT id FROM runs WHERE name = ?", r.ID)
	return id, err
}
