package clickhouse

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"math"
	"strconv"

	"github.com/roamctl/roamctl/internal/fault"
)

// maxPart bounds the rows of one insert, in bytes. A larger row is a part alone.
const maxPart = 16 << 20

// cleanEvery is after how many batches the contents of those that are done are
// removed from the table batches.
const cleanEvery = 50

// changes are the rows that a batch writes.
type changes struct {
	batchRow // what the batch says of itself
	parts    []*tableRows
	open     map[string]*tableRows
}

// tableRows are rows of one table, as lines of JSON.
type tableRows struct {
	table string
	rows  bytes.Buffer
}

func newChanges(st *state) *changes {
	return &changes{
		batchRow: batchRow{Number: st.Batch + 1, First: math.MaxInt64, Last: -1, Spill: st.Spill},
		open:     map[string]*tableRows{},
	}
}

// add adds a row of a table.
func (c *changes) add(table string, row any) error {
	line, err := json.Marshal(row)
	if err != nil {
		return fault.Wrap(fault.Bug, err, "a row of %s has no JSON form", table)
	}
	t := c.open[table]
	if t == nil || t.rows.Len() > 0 && t.rows.Len()+len(line) > maxPart {
		t = &tableRows{table: table}
		c.open[table] = t
		c.parts = append(c.parts, t)
	}
	t.rows.Write(line)
	t.rows.WriteByte('\n')
	return nil
}

// batchRow is a row of batches.
type batchRow struct {
	Number  int64  `json:"number"`
	Epoch   int64  `json:"epoch"`
	Part    int    `json:"part"`
	Parts   int    `json:"parts"`
	State   int    `json:"state"`
	First   int64  `json:"first"`
	Last    int64  `json:"last"`
	Spill   int64  `json:"spill"`
	Target  string `json:"target"`
	Payload string `json:"payload"`
}

// The states of a batch.
const (
	written = 1
	done    = 2
)

// commit writes a batch. Cancelling ctx does not stop it once it has begun: a batch
// that fails midway is finished before the next one.
func (s *Store) commit(ctx context.Context, c *changes) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	ctx = context.WithoutCancel(ctx)
	c.Epoch, c.Parts, c.State = s.epoch, len(c.parts), written
	var rows bytes.Buffer
	for n, part := range c.parts {
		row := c.batchRow
		row.Part, row.Target = n, part.table
		row.Payload = base64.StdEncoding.EncodeToString(s.raw.Pack(part.rows.Bytes()))
		if err := writeLine(&rows, row); err != nil {
			return err
		}
	}
	s.unknown = true
	if len(c.parts) > 0 {
		if err := s.c.insert(ctx, "batches", rows.Bytes()); err != nil {
			return err
		}
		// Another writer may have begun meanwhile. It finishes this batch, or knows
		// nothing of it.
		if err := s.checkWriter(ctx); err != nil {
			return err
		}
	}
	if err := s.apply(ctx, c); err != nil {
		return err
	}
	s.unknown = false
	s.since++
	if s.since >= cleanEvery {
		s.since = 0
		return s.everywhere(ctx, s.cleanBatches(c.Number))
	}
	return nil
}

func writeLine(b *bytes.Buffer, row any) error {
	line, err := json.Marshal(row)
	if err != nil {
		return err
	}
	b.Write(line)
	b.WriteByte('\n')
	return nil
}

// apply writes a batch's rows to their tables and marks it as done.
func (s *Store) apply(ctx context.Context, c *changes) error {
	for _, part := range c.parts {
		if err := s.c.insert(ctx, part.table, part.rows.Bytes()); err != nil {
			return err
		}
	}
	row := c.batchRow
	row.State = done
	var line bytes.Buffer
	if err := writeLine(&line, row); err != nil {
		return err
	}
	return s.c.insert(ctx, "batches", line.Bytes())
}

// recoverBatch finishes the batch that a writer left, if all of it was written.
// What was not written as a whole is in no other table.
func (s *Store) recoverBatch(ctx context.Context) error {
	const sql = `SELECT number, epoch, part, parts, first, last, spill, target, payload FROM batches FINAL
		WHERE state = 1 AND number > (SELECT max(number) FROM batches WHERE state = 2) ORDER BY number, epoch DESC, part`
	var c *changes
	complete := func() bool { return c != nil && len(c.parts) == c.Parts }
	for row, err := range list[batchRow](ctx, s.c, sql) {
		switch {
		case err != nil:
			return err
		case c == nil || !complete() && row.Epoch != c.Epoch:
			c = &changes{batchRow: row}
		case row.Number != c.Number || row.Epoch != c.Epoch:
			continue
		}
		packed, err := base64.StdEncoding.DecodeString(row.Payload)
		if err != nil {
			return err
		}
		rows, err := s.raw.Unpack(packed)
		if err != nil {
			return err
		}
		part := &tableRows{table: row.Target}
		part.rows.Write(rows)
		c.parts = append(c.parts, part)
	}
	if complete() {
		c.Part, c.Target, c.Payload = 0, "", ""
		if err := s.apply(context.WithoutCancel(ctx), c); err != nil {
			return err
		}
	}
	s.unknown = false
	return nil
}

// cleanBatches is the statement that removes the contents of batches that are
// done.
func (s *Store) cleanBatches(to int64) string {
	return "ALTER TABLE " + s.schema.Local("batches") + " DELETE WHERE state = 1 AND number <= " + strconv.FormatInt(to, 10)
}
