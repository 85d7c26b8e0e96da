package run

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"iter"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Event is an entry of a journal.
type Event struct {
	Number int             `json:"number"` // from 1
	Time   roaming.Time    `json:"time"`
	Kind   string          `json:"kind"`
	Data   json.RawMessage `json:"data"` // null when there is none
}

// Into decodes the event's data.
func (e Event) Into(data any) error {
	if err := json.Unmarshal(e.Data, data); err != nil {
		return fault.Wrap(fault.Safety, err, "cannot read event %d (%s)", e.Number, e.Kind)
	}
	return nil
}

// Journal holds the events of a job, or of the run itself.
type Journal struct {
	db  *DB
	seq int64 // of the job; 0 for the run
	id  string
	now func() time.Time
}

// ID is the ID of the job or of the run.
func (j *Journal) ID() string { return j.id }

// Entry is an event to append.
type Entry struct {
	Kind string
	Data any // encoded as JSON
}

// Append adds an event and returns when it is on disk.
func (j *Journal) Append(kind string, data any) error { return j.AppendAll(Entry{kind, data}) }

// AppendAll adds events, all or none, and returns when they are on disk.
func (j *Journal) AppendAll(entries ...Entry) error {
	data := make([][]byte, len(entries))
	for i, e := range entries {
		var err error
		if data[i], err = json.Marshal(e.Data); err != nil {
			return fault.Wrap(fault.Bug, err, "run %s: encoding event %q", j.id, e.Kind)
		}
	}
	at := j.now().UnixMilli()
	ctx := context.Background() // an event is written even when the run was cancelled
	return j.db.commit(ctx, func(tx *sql.Tx) error {
		var last int
		if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(number), 0) FROM events WHERE job = ?", j.seq).Scan(&last); err != nil {
			return err
		}
		for i, e := range entries {
			number := last + 1 + i
			_, err := tx.ExecContext(ctx, "INSERT INTO events(job, number, time, kind, data, sum) VALUES(?, ?, ?, ?, ?, ?)",
				j.seq, number, at, e.Kind, data[i], checksum(j.seq, number, at, e.Kind, data[i]))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Events iterates over the events so far. An event that was changed, or that is
// missing before a later one, is a fault.Safety and ends the iteration.
func (j *Journal) Events(ctx context.Context) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		next := 1
		for e, err := range query(ctx, j.db, "SELECT number, time, kind, data, sum FROM events WHERE job = ? ORDER BY number", []any{j.seq}, j.scan) {
			if err == nil && e.Number != next {
				err = j.damaged(next)
			}
			if err != nil {
				yield(Event{}, err)
				return
			}
			next++
			if !yield(e, nil) {
				return
			}
		}
	}
}

func (j *Journal) scan(rows *sql.Rows) (e Event, err error) {
	var at int64
	var data []byte
	var sum uint32
	if err := rows.Scan(&e.Number, &at, &e.Kind, &data, &sum); err != nil {
		return e, err
	}
	e.Time, e.Data = roaming.Millis(at), data
	if sum != checksum(j.seq, e.Number, at, e.Kind, data) {
		return e, j.damaged(e.Number)
	}
	return e, nil
}

func (j *Journal) damaged(number int) error {
	return fault.New(fault.Safety, "run %s: event %d of its journal is damaged", j.id, number).
		WithHint("the events before it can be trusted; compare with a backup of the state folder")
}

// last returns the latest event; false when there is none.
func (j *Journal) last(ctx context.Context) (Event, bool, error) {
	for e, err := range query(ctx, j.db, "SELECT number, time, kind, data, sum FROM events WHERE job = ? ORDER BY number DESC LIMIT 1", []any{j.seq}, j.scan) {
		return e, err == nil, err
	}
	return Event{}, false, nil
}

// checksum is over all that an event consists of, so that a changed byte is found.
func checksum(seq int64, number int, at int64, kind string, data []byte) uint32 {
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	fmt.Fprintf(sum, "%d %d %d %q %s", seq, number, at, kind, data)
	return sum.Sum32()
}
