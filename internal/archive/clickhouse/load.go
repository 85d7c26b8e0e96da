package clickhouse

import (
	"context"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/fault"
)

// chunkSize bounds the values of a condition.
const chunkSize = 16_384

// load reads what the archive has of a batch's keys.
func (i *importer) load(ctx context.Context, b *archive.Batch) error {
	keys := make([]archive.Key, 0, len(b.Messages))
	for n := range b.Messages {
		keys = append(keys, b.Messages[n].Key)
	}
	messages := len(keys)
	for _, v := range b.Views {
		keys = append(keys, v.Keys...)
	}
	var err error
	if i.positions, err = i.s.positionsOf(ctx, keys); err != nil {
		return err
	}
	var known []int64
	for _, key := range keys[:messages] {
		if position, ok := i.positions[key]; ok {
			known = append(known, position)
		}
	}
	for r, err := range i.s.rows(ctx, known, lightColumns) {
		if err != nil {
			return err
		}
		i.rows[r.Position] = r
	}
	for _, key := range keys[:messages] {
		if position, ok := i.positions[key]; ok && i.rows[position] == nil {
			return fault.New(fault.Config, "message %s of the archive %s has a key and no row", key, i.s.c.address).
				WithHint("roamctl archive verify names what is damaged")
		}
	}
	return i.loadTombstones(ctx)
}

// positionsOf are the positions of the keys that the archive has.
func (s *Store) positionsOf(ctx context.Context, keys []archive.Key) (map[archive.Key]int64, error) {
	found := make(map[archive.Key]int64, len(keys))
	columns := make([]string, len(keys))
	for n, key := range keys {
		columns[n] = keyColumn(key)
	}
	slices.Sort(columns)
	for chunk := range slices.Chunk(slices.Compact(columns), chunkSize) {
		sql := "SELECT DISTINCT key, position FROM keys WHERE key IN (" + quoteAll(chunk) + ")"
		for row, err := range list[keyRow](ctx, s.c, sql) {
			if err != nil {
				return nil, err
			}
			found[keyOf(row.Key)] = row.Position
		}
	}
	return found, nil
}

// rows lists the newest rows of messages by their positions, oldest first, in
// chunks. Positions may be in any order.
func (s *Store) rows(ctx context.Context, positions []int64, columns string) iter.Seq2[*messageRow, error] {
	return func(yield func(*messageRow, error) bool) {
		positions = slices.Compact(slices.Sorted(slices.Values(positions)))
		for chunk := range slices.Chunk(positions, chunkSize) {
			for r, err := range list[*messageRow](ctx, s.c, rowsSQL(columns, chunk, "")) {
				if !yield(r, err) || err != nil {
					return
				}
			}
		}
	}
}

// rowsSQL reads messages by their positions: the newest version of each.
func rowsSQL(columns string, positions []int64, order string) string {
	return fmt.Sprintf("SELECT * FROM (SELECT %s FROM messages PREWHERE position IN (%s) ORDER BY version DESC LIMIT 1 BY position) ORDER BY position %s",
		columns, joinInts(positions), order)
}

func joinInts(all []int64) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(all), " ", ","), "[]")
}

// loadFull reads all columns of rows that have only some.
func (i *importer) loadFull(ctx context.Context, positions []int64) error {
	positions = slices.DeleteFunc(positions, func(position int64) bool { return i.full[position] })
	for r, err := range i.s.rows(ctx, positions, allColumns) {
		if err != nil {
			return err
		}
		i.rows[r.Position], i.full[r.Position] = r, true
	}
	return nil
}

// loadTombstones reads which of the batch's new messages were erased.
func (i *importer) loadTombstones(ctx context.Context) error {
	if i.state.meta[metaErased] == "" {
		return nil
	}
	i.erased = map[string]bool{}
	secret := i.state.tombstones()
	var hashes []string
	for _, p := range i.messages {
		if _, known := i.positions[p.msg.Key]; !known {
			for _, hash := range secret.Of(p.msg.Key, p.signature) {
				hashes = append(hashes, hex.EncodeToString(hash))
			}
		}
	}
	for chunk := range slices.Chunk(hashes, chunkSize) {
		for row, err := range list[struct{ Hash string }](ctx, i.s.c, "SELECT DISTINCT hash FROM tombstones WHERE hash IN ("+quoteAll(chunk)+")") {
			if err != nil {
				return err
			}
			hash, err := hex.DecodeString(row.Hash)
			if err != nil {
				return err
			}
			i.erased[string(hash)] = true
		}
	}
	return nil
}
