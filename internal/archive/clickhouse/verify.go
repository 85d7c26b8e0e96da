package clickhouse

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/content"
	"github.com/roamctl/roamctl/internal/archive/tokens"
)

// errStop ends a check early.
var errStop = errors.New("stop")

// Verify implements archive.Store: each message against its digest, its raw bytes,
// its tokens and its keys, and the keys against the messages. The server checks its
// own sums of what it reads.
func (s *Store) Verify(ctx context.Context) iter.Seq2[archive.Damage, error] {
	return func(yield func(archive.Damage, error) bool) {
		v := verifier{s: s, yield: func(d archive.Damage) error {
			if !yield(d, nil) {
				return errStop
			}
			return nil
		}}
		err := v.all(ctx)
		if err != nil && !errors.Is(err, errStop) {
			yield(archive.Damage{}, s.wrap(err))
		}
	}
}

type verifier struct {
	s       *Store
	state   state
	indexed bool
	yield   func(archive.Damage) error
}

func (v *verifier) all(ctx context.Context) (err error) {
	if v.state, err = v.s.state(ctx); err != nil {
		return err
	}
	if v.indexed = v.state.meta[metaTokens] == tokens.Version(); !v.indexed {
		if err := v.yield(archive.Damage{What: "the tokens are of another version; roamctl archive reindex makes them anew"}); err != nil {
			return err
		}
	}
	for _, check := range []func(context.Context) error{v.messages, v.keys} {
		if err := check(ctx); err != nil {
			if !isDamage(err) {
				return err
			}
			// What can't be read ends this check, not the other.
			if err := v.yield(archive.Damage{What: err.Error()}); err != nil {
				return err
			}
		}
	}
	return nil
}

// isDamage reports whether the server could not read what it has written.
func isDamage(err error) bool {
	return slices.Contains([]int{codeChecksum, codeCorrupted, 33, 228, 271, 432}, codeOf(err))
}

// messages checks all messages.
func (v *verifier) messages(ctx context.Context) error {
	for positions, err := range v.s.walk(ctx, &v.state, walk{to: v.state.Last, oldest: true, page: maxPage}) {
		if err != nil {
			return err
		}
		for chunk := range slices.Chunk(positions, rowsAtOnce) {
			if err := v.chunk(ctx, chunk); err != nil {
				return err
			}
		}
	}
	return nil
}

// chunk checks some messages. Where they can't be read together, each is tried
// alone.
func (v *verifier) chunk(ctx context.Context, positions []int64) error {
	var rows []*messageRow
	for r, err := range v.s.rows(ctx, positions, allColumns) {
		switch {
		case err == nil:
			rows = append(rows, r)
		case !isDamage(err):
			return err
		case len(positions) > 1:
			for _, position := range positions {
				if err := v.chunk(ctx, []int64{position}); err != nil {
					return err
				}
			}
			return nil
		default:
			return v.unreadable(ctx, positions[0], err)
		}
	}
	if len(rows) != len(positions) {
		return v.yield(archive.Damage{What: fmt.Sprintf("%d rows between the positions %d and %d are missing", len(positions)-len(rows), positions[0], positions[len(positions)-1])})
	}
	var keys []archive.Key
	for _, r := range rows {
		keys = append(keys, keyOf(r.Key))
		if what := v.check(r); what != "" {
			if err := v.yield(archive.Damage{Message: keyOf(r.Key), What: what}); err != nil {
				return err
			}
		}
	}
	return v.found(ctx, rows, keys)
}

// unreadable names a message whose row can't be read, by its key if that can be.
func (v *verifier) unreadable(ctx context.Context, position int64, why error) error {
	d := archive.Damage{What: fmt.Sprintf("the row at position %d can't be read: %v", position, why)}
	for r, err := range v.s.rows(ctx, []int64{position}, "key, position") {
		if err == nil {
			d.Message = keyOf(r.Key)
		}
		break
	}
	return v.yield(d)
}

// check says what is wrong with a row; "" is nothing.
func (v *verifier) check(r *messageRow) string {
	m, err := r.stored()
	if err != nil {
		return fmt.Sprintf("its body can't be read: %v", err)
	}
	body, ext := r.written()
	if hex.EncodeToString(content.Sum(&m.Message, body, ext)) != r.Sum {
		return "it has changed since it was written"
	}
	for n := range r.Raws {
		if err := r.unpackRaw(v.s.raw, n, &m.Message); err != nil {
			return fmt.Sprintf("its raw bytes can't be read: %v", err)
		}
	}
	for n := range r.Revisions {
		if _, err := r.revision(v.s.raw, n); err != nil {
			return fmt.Sprintf("an earlier form can't be read: %v", err)
		}
	}
	for n := range r.FileURLs {
		if r.FileStates[n] == string(archive.Fetched) && len(r.FileSums[n]) != 64 {
			return "a fetched attachment has no digest"
		}
	}
	if v.indexed && !slices.Equal(tokensOf(&m.Message), r.Tokens) {
		return "searches may not find it (roamctl archive reindex makes its tokens anew)"
	}
	return ""
}

// found checks that the keys of messages find them.
func (v *verifier) found(ctx context.Context, rows []*messageRow, keys []archive.Key) error {
	for _, r := range rows {
		for _, alias := range r.Aliases {
			keys = append(keys, keyOf(alias))
		}
	}
	positions, err := v.s.positionsOf(ctx, keys)
	if err != nil {
		return err
	}
	for _, r := range rows {
		for _, key := range append([]string{r.Key}, r.Aliases...) {
			if position, ok := positions[keyOf(key)]; !ok || position != r.Position {
				if err := v.yield(archive.Damage{Message: keyOf(key), What: "its key does not find it"}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// keys looks for keys that lead to no message.
func (v *verifier) keys(ctx context.Context) error {
	for last := ""; ; {
		page, err := collect[keyRow](ctx, v.s.c, fmt.Sprintf("SELECT DISTINCT key, position FROM keys WHERE key > %s ORDER BY key LIMIT %d", quote(last), chunkSize))
		if err != nil || len(page) == 0 {
			return err
		}
		last = page[len(page)-1].Key
		positions := map[int64]bool{}
		for _, k := range page {
			positions[k.Position] = true
		}
		for r, err := range v.s.rows(ctx, sortedKeys(positions), "position, added") {
			if err != nil {
				return err
			}
			delete(positions, r.Position)
		}
		for _, k := range page {
			if positions[k.Position] {
				if err := v.yield(archive.Damage{Message: keyOf(k.Key), What: "only its key is there"}); err != nil {
					return err
				}
			}
		}
	}
}
