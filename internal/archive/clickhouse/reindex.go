package clickhouse

import (
	"context"
	"slices"

	"github.com/roamctl/roamctl/internal/archive/tokens"
)

// Reindex implements archive.Store. Searches scan meanwhile. Interrupted, it
// begins anew.
func (s *Store) Reindex(ctx context.Context) error {
	return s.writing(ctx, func() error {
		if err := s.setMeta(ctx, metaTokens, ""); err != nil {
			return err
		}
		st, err := s.state(ctx)
		if err != nil {
			return err
		}
		if err := s.reindex(ctx, &st); err != nil {
			return err
		}
		return s.setMeta(ctx, metaTokens, tokens.Version())
	})
}

// reindex writes the messages whose tokens are not what they would be now.
func (s *Store) reindex(ctx context.Context, st *state) error {
	c, rows := newChanges(st), 0
	for r, err := range s.messages(ctx, st, walk{to: st.Last, oldest: true, page: maxPage}, allColumns) {
		if err != nil {
			return err
		}
		m, err := r.stored()
		if err != nil {
			return err
		}
		words := tokensOf(&m.Message)
		if slices.Equal(words, r.Tokens) {
			continue
		}
		r.Tokens, r.Version = words, c.Number
		if err := c.add("messages", r); err != nil {
			return err
		}
		rows++
		if rows < maxPage {
			continue
		}
		if err := s.commit(ctx, c); err != nil {
			return err
		}
		st.Batch, rows = c.Number, 0
		c = newChanges(st)
	}
	if rows == 0 {
		return nil
	}
	return s.commit(ctx, c)
}
