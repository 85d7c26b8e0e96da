package clickhouse

import (
	"context"
	"slices"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/content"
)

// Import implements archive.Store.
func (s *Store) Import(ctx context.Context, b archive.Batch) (result archive.Result, err error) {
	all, err := s.prepareAll(ctx, b.Messages)
	if err != nil {
		return result, err
	}
	err = s.writing(ctx, func() error {
		st, err := s.state(ctx)
		if err != nil {
			return err
		}
		i := &importer{
			s: s, state: st, changes: newChanges(&st), run: b.Run.ID, messages: all,
			positions: map[archive.Key]int64{}, rows: map[int64]*messageRow{}, full: map[int64]bool{}, dirty: map[int64]bool{},
		}
		if err := i.batch(ctx, &b); err != nil {
			return err
		}
		result = i.result
		if err := s.commit(ctx, i.changes); err != nil {
			return err
		}
		if len(i.changes.parts) > 0 {
			s.lastRun = b.Run
		}
		return nil
	})
	if err != nil {
		return archive.Result{}, err
	}
	return result, nil
}

// importer works out what one batch changes, from what the archive has of its
// messages, users and fetches.
type importer struct {
	s        *Store
	state    state
	changes  *changes
	run      string
	messages []*prepared
	result   archive.Result

	positions map[archive.Key]int64 // of keys that the archive has, or the batch brings
	rows      map[int64]*messageRow // by position
	full      map[int64]bool        // rows with all columns
	dirty     map[int64]bool        // rows to write
	erased    map[string]bool       // hashes of tombstones that the batch's messages have
	added     []*messageRow
}

func (i *importer) batch(ctx context.Context, b *archive.Batch) error {
	if err := i.load(ctx, b); err != nil {
		return err
	}
	for part := range archive.Distinct(i.messages, (*prepared).key) {
		if err := i.importDistinct(ctx, part); err != nil {
			return err
		}
	}
	if err := i.writeRows(); err != nil {
		return err
	}
	if err := i.views(ctx, b.Views); err != nil {
		return err
	}
	if err := i.fetches(ctx, b.Fetches); err != nil {
		return err
	}
	if len(i.changes.parts) == 0 || i.s.lastRun == b.Run {
		return nil
	}
	return i.changes.add("runs", map[string]any{"name": column(b.Run.ID), "started": content.Millis(b.Run.Started)})
}

// importDistinct brings messages with different keys of one form.
func (i *importer) importDistinct(ctx context.Context, messages []*prepared) error {
	var news, known []*prepared
	for _, p := range messages {
		switch position, ok := i.positions[p.msg.Key]; {
		case ok:
			p.position = position
			known = append(known, p)
		case i.isErased(p):
			i.result.Erased++
		default:
			news = append(news, p)
		}
	}
	news, reconciled, err := i.reconcile(ctx, news)
	if err != nil {
		return err
	}
	if err := i.insert(ctx, news); err != nil {
		return err
	}
	i.result.Added += len(news)
	i.result.Known += len(known) + len(reconciled)
	i.result.Reconciled += len(reconciled)
	return i.merge(ctx, append(known, reconciled...))
}

func (i *importer) isErased(p *prepared) bool {
	if len(i.erased) == 0 {
		return false
	}
	hashes := i.state.tombstones().Of(p.msg.Key, p.signature)
	return slices.ContainsFunc(hashes, func(hash []byte) bool { return i.erased[string(hash)] })
}

// insert adds messages that the archive does not have.
func (i *importer) insert(ctx context.Context, news []*prepared) error {
	if err := i.assignPositions(ctx, news); err != nil {
		return err
	}
	rows := make([]*messageRow, len(news))
	err := content.OnAllProcessors(ctx, len(news), func(n int) error {
		p := news[n]
		rows[n] = newRow(p, i.changes.Number)
		rows[n].setRaw(p.msg.Source, p.form, i.s.raw.Pack(p.msg.Raw))
		return nil
	})
	if err != nil {
		return err
	}
	for n, p := range news {
		r := rows[n]
		i.rows[p.position], i.full[p.position], i.dirty[p.position] = r, true, true
		i.added = append(i.added, r)
		i.changes.First, i.changes.Last = min(i.changes.First, p.position), max(i.changes.Last, p.position)
		if err := i.addKey(p.msg.Key, p.position); err != nil {
			return err
		}
	}
	return nil
}

// addKey notes which message a key names.
func (i *importer) addKey(key archive.Key, position int64) error {
	i.positions[key] = position
	return i.changes.add("keys", keyRow{Key: keyColumn(key), Position: position, Version: i.changes.Number})
}

// keyRow is a row of keys.
type keyRow struct {
	Key      string `json:"key"`
	Position int64  `json:"position"`
	Version  int64  `json:"version"`
}

// writeRows writes the messages that are new or have changed.
func (i *importer) writeRows() error {
	positions := make([]int64, 0, len(i.dirty))
	for position := range i.dirty {
		positions = append(positions, position)
	}
	slices.Sort(positions)
	for _, position := range positions {
		r := i.rows[position]
		r.Version = i.changes.Number
		if err := i.changes.add("messages", r); err != nil {
			return err
		}
	}
	return nil
}
