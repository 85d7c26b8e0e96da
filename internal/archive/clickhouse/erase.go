package clickhouse

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/query"
)

// eraseAtOnce bounds the messages of one mutation.
const eraseAtOnce = 20_000

// Erase implements archive.Store.
func (s *Store) Erase(ctx context.Context, e archive.Erasure) (erased archive.Erased, err error) {
	err = s.writing(ctx, func() error {
		st, err := s.state(ctx)
		if err != nil {
			return err
		}
		positions, err := s.chosen(ctx, e)
		if err != nil {
			return err
		}
		erased.Messages = len(positions)
		if e.Preview {
			return nil
		}
		if len(positions) > 0 || e.User != "" {
			erased.Files, err = s.erase(ctx, &st, positions, e.User)
		}
		if err != nil || len(positions) == 0 && e.User == "" && st.meta[metaErasing] == "" {
			return err
		}
		return s.purge(ctx)
	})
	return erased, err
}

// chosen are the positions of the messages that an erasure is about, each once.
func (s *Store) chosen(ctx context.Context, e archive.Erasure) ([]int64, error) {
	found, err := s.positionsOf(ctx, e.Keys)
	if err != nil {
		return nil, err
	}
	all := map[int64]bool{}
	var named []int64
	for _, position := range found {
		named = append(named, position)
	}
	// A key may still be there whose message an earlier try has erased.
	for r, err := range s.rows(ctx, named, lightColumns) {
		if err != nil {
			return nil, err
		}
		all[r.Position] = true
	}
	var queries []query.Query
	if e.Query != nil {
		queries = append(queries, *e.Query)
	}
	if e.User != "" {
		queries = append(queries, query.Query{Expr: query.From{User: e.User}})
	}
	for _, q := range queries {
		for m, err := range s.Search(ctx, archive.Search{Query: q, Span: archive.Everything(), Oldest: true}) {
			if err != nil {
				return nil, err
			}
			all[m.Position] = true
		}
	}
	return sortedKeys(all), nil
}

// erase takes messages out of all tables, and a user's sightings, and leaves
// tombstones. It returns the digests of files that no message has any more.
func (s *Store) erase(ctx context.Context, st *state, positions []int64, user string) ([]string, error) {
	digests := map[string]bool{}
	c := newChanges(st)
	for r, err := range s.rows(ctx, positions, storedColumns+", file_sums") {
		if err != nil {
			return nil, err
		}
		m, err := r.stored()
		if err != nil {
			return nil, err
		}
		for _, hash := range st.tombstones().Erased(&m) {
			if err := c.add("tombstones", map[string]any{"hash": hex.EncodeToString(hash), "version": c.Number}); err != nil {
				return nil, err
			}
		}
		for _, digest := range r.FileSums {
			digests[digest] = digest != ""
		}
	}
	for _, name := range []string{metaErasing, metaErased} {
		if err := s.setMeta(ctx, name, "1"); err != nil {
			return nil, err
		}
	}
	if err := s.commit(ctx, c); err != nil {
		return nil, err
	}
	if err := s.deleteRows(ctx, positions, user); err != nil {
		return nil, s.pending(err, "removing rows failed")
	}
	var files []string
	for digest, is := range digests {
		if !is {
			continue
		}
		r, err := one[struct{ N int64 }](ctx, s.c, "SELECT count() AS n FROM messages WHERE has(file_sums, "+quote(digest)+")")
		if err != nil {
			return nil, err
		}
		if r.N == 0 {
			files = append(files, digest)
		}
	}
	slices.Sort(files)
	return files, nil
}

// deleteRows deletes all versions of messages, and what is kept of a user's views.
func (s *Store) deleteRows(ctx context.Context, positions []int64, user string) error {
	for chunk := range slices.Chunk(positions, eraseAtOnce) {
		for _, table := range []string{"messages", "keys", "exceptions"} {
			if err := s.everywhere(ctx, fmt.Sprintf("ALTER TABLE %s DELETE WHERE position IN (%s)", s.schema.Local(table), joinInts(chunk))); err != nil {
				return err
			}
		}
	}
	if user != "" {
		for _, table := range []string{"ranges", "exceptions", "fetches"} {
			if err := s.everywhere(ctx, fmt.Sprintf("ALTER TABLE %s DELETE WHERE user = %s", s.schema.Local(table), quote(column(strings.ToLower(user))))); err != nil {
				return err
			}
		}
	}
	return s.waitMutations(ctx)
}
