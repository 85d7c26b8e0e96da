package clickhouse

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/fault"
)

// The names in the table meta.
const (
	metaSchema  = "schema"
	metaSecret  = "secret"        // the key of the tombstones' hashes, in base64
	metaTokens  = "tokens"        // the version of the tokens, "" while they are made anew
	metaErasing = "erase_pending" // 1 from an erasure until its bytes are out of the parts
	metaErased  = "erased"        // 1 when there are tombstones
)

// version is the number of the tables' newest migration, 0 for none.
func (s *Store) version(ctx context.Context) (int, error) {
	m, err := s.readMeta(ctx)
	if code := codeOf(err); code == codeNoTable || code == codeNoDatabase {
		return 0, nil
	}
	version, _ := strconv.Atoi(m[metaSchema])
	return version, err
}

func (s *Store) readMeta(ctx context.Context) (map[string]string, error) {
	m := map[string]string{}
	for row, err := range list[struct{ Name, Value string }](ctx, s.c, "SELECT name, value FROM meta FINAL") {
		if err != nil {
			return nil, err
		}
		m[row.Name] = row.Value
	}
	return m, nil
}

// metaRow is a row of meta.
type metaRow struct {
	Name    string `json:"name"`
	Value   string `json:"value"`
	Version int64  `json:"version"`
}

// setMeta writes a value outside of a batch.
func (s *Store) setMeta(ctx context.Context, name, value string) error {
	last, err := one[struct{ Newest int64 }](ctx, s.c, "SELECT max(version) AS newest FROM meta WHERE name = "+quote(name))
	if err != nil {
		return err
	}
	line, err := json.Marshal(metaRow{name, value, last.Newest + 1})
	if err != nil {
		return err
	}
	return s.c.insert(ctx, "meta", line)
}

// state is how far the archive is: what batches that are done have brought.
type state struct {
	Batch       int64 // the newest
	First, Last int64 // positions of messages; Last is -1 without any
	Spill       int64 // see archive.PositionOf
	meta        map[string]string
}

// state reads the state, and the table meta with it.
func (s *Store) state(ctx context.Context) (st state, err error) {
	const sql = `SELECT name, value FROM meta FINAL UNION ALL
		SELECT '' AS name, arrayStringConcat([toString(max(number)), toString(min(first)), toString(max(last)), toString(max(spill))], ' ') AS value
		FROM batches WHERE state = 2`
	st.meta = map[string]string{}
	rows, err := collect[metaRow](ctx, s.c, sql)
	if err != nil {
		return st, err
	}
	for _, row := range rows {
		if row.Name != "" {
			st.meta[row.Name] = row.Value
			continue
		}
		if _, err := fmt.Sscan(row.Value, &st.Batch, &st.First, &st.Last, &st.Spill); err != nil {
			return st, fault.Wrap(fault.Bug, err, "the state of the archive %s cannot be read", s.c.address)
		}
	}
	if st.Batch == 0 {
		st.Last = -1
	}
	return st, nil
}

func (st *state) tombstones() archive.Tombstones {
	secret, _ := base64.StdEncoding.DecodeString(st.meta[metaSecret])
	return secret
}

// positions are those that messages of a span can have.
func (st *state) positions(span archive.Span) (from, to int64) { return span.Positions(st.Spill) }

// beginWriting makes this store the one that writes, and finishes what the last
// one left.
func (s *Store) beginWriting(ctx context.Context) error {
	row, err := one[struct{ Newest int64 }](ctx, s.c, "SELECT max(epoch) AS newest FROM writers")
	if err != nil {
		return err
	}
	s.epoch, s.writer = row.Newest+1, rand.Text()
	if err := s.c.insert(ctx, "writers", fmt.Appendf(nil, `{"epoch":%d,"id":%q}`, s.epoch, s.writer)); err != nil {
		return err
	}
	return s.recoverBatch(ctx)
}

// checkWriter refuses to write when another process has begun to, on whatever
// machine.
func (s *Store) checkWriter(ctx context.Context) error {
	row, err := one[struct{ ID string }](ctx, s.c, "SELECT id FROM writers ORDER BY epoch DESC, id DESC LIMIT 1")
	if err != nil {
		return err
	}
	if row.ID != s.writer {
		return fault.New(fault.Safety, "another process has begun to write to the archive %s", s.c.address).
			WithHint("run one sync, import or erase at a time; what was committed is safe")
	}
	return nil
}
