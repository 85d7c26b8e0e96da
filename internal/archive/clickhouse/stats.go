package clickhouse

import (
	"context"
	"fmt"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/tokens"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Stats implements archive.Store.
func (s *Store) Stats(ctx context.Context) (archive.Stats, error) {
	st := archive.Stats{
		BySource: map[archive.Source]int64{}, OnlyIn: map[archive.Source]int64{},
		Attachments: map[archive.AttachmentState]int64{},
	}
	state, err := s.state(ctx)
	if err != nil {
		return st, s.wrap(err)
	}
	st.NeedsReindex, st.ErasePending = state.meta[metaTokens] != tokens.Version(), state.meta[metaErasing] == "1"
	if err := s.countMessages(ctx, &st, state.Batch); err != nil {
		return st, s.wrap(err)
	}
	if err := s.countRest(ctx, &st, state.Batch); err != nil {
		return st, s.wrap(err)
	}
	st.Bytes, err = s.size(ctx)
	return st, s.wrap(err)
}

func (s *Store) countMessages(ctx context.Context, st *archive.Stats, batch int64) error {
	const sql = `SELECT sources, count() AS n, minIf(time, time > 0) AS lowest, max(time) AS highest, countIf(time > 0) AS timed, sum(length(revision_forms)) AS earlier
		FROM messages FINAL WHERE added <= %d GROUP BY sources`
	type row struct {
		Sources                            archive.Source
		N, Lowest, Highest, Timed, Earlier int64
	}
	var first, last int64
	for r, err := range list[row](ctx, s.c, fmt.Sprintf(sql, batch)) {
		if err != nil {
			return err
		}
		st.Messages += r.N
		st.Revisions += r.Earlier
		if r.Timed > 0 {
			if first == 0 || r.Lowest < first {
				first = r.Lowest
			}
			last = max(last, r.Highest)
		}
		for _, one := range archive.Sources() {
			if r.Sources&one != 0 {
				st.BySource[one] += r.N
			}
			if r.Sources == one {
				st.OnlyIn[one] += r.N
			}
		}
	}
	st.First, st.Last = roaming.Millis(first), roaming.Millis(last)
	return nil
}

func (s *Store) countRest(ctx context.Context, st *archive.Stats, batch int64) error {
	type row struct{ N int64 }
	for into, sql := range map[*int64]string{
		&st.Conversations: fmt.Sprintf("SELECT count() AS n FROM (SELECT DISTINCT chat_type, a, b FROM messages WHERE added <= %d)", batch),
		&st.Tombstones:    "SELECT count() AS n FROM tombstones FINAL",
	} {
		r, err := one[row](ctx, s.c, sql)
		if err != nil {
			return err
		}
		*into = r.N
	}
	sql := fmt.Sprintf("SELECT state, count() AS n FROM messages FINAL ARRAY JOIN file_states AS state WHERE added <= %d GROUP BY state", batch)
	for r, err := range list[struct {
		State archive.AttachmentState
		N     int64
	}](ctx, s.c, sql) {
		if err != nil {
			return err
		}
		st.Attachments[r.State] = r.N
	}
	return nil
}

// size is how much the archive's parts take, those that were replaced included.
func (s *Store) size(ctx context.Context) (bytes int64, err error) {
	for _, from := range s.system("parts") {
		for r, err := range listAt[struct{ N int64 }](ctx, s.c, request{host: from.host, sql: "SELECT sum(bytes_on_disk) AS n FROM " + from.table}) {
			if err != nil {
				return 0, err
			}
			bytes += r.N
		}
	}
	return bytes, nil
}

// systemTable is a table of the system that says something of the archive's
// tables, and the host to ask.
type systemTable struct{ host, table string }

// system is the rows about the archive in a table of the system, of each shard.
func (s *Store) system(table string) (all []systemTable) {
	of := "(SELECT * FROM system.%s WHERE database = %s)"
	if s.schema.replicated {
		of = "(SELECT * FROM clusterAllReplicas(" + s.schema.cluster + ", system.%s) WHERE database = %s)"
	}
	for _, host := range s.shards() {
		all = append(all, systemTable{host, fmt.Sprintf(of, table, quote(s.c.address.Database))})
	}
	return all
}
