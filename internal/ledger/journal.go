package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Event is a line of a user's journal.
type Event struct {
	Time roaming.Time    `json:"time"`
	Kind string          `json:"kind"`
	Data json.RawMessage `json:"data"`
}

// Journal is one user's part of a run, step by step.
type Journal struct {
	ledger *Ledger
	owner  Owner
	id     string
	now    func() roaming.Time
}

// Journal is a user's journal; run is the run's ID, of which the journal's is
// made: 20261123T143012-7f3a9c-000017 is the 17th user's.
func (l *Ledger) Journal(run string, o Owner, now func() roaming.Time) *Journal {
	return &Journal{ledger: l, owner: o, id: fmt.Sprintf("%s-%06d", run, o.Seq), now: now}
}

// ID names this part of the run.
func (j *Journal) ID() string { return j.id }

// Append adds an event and returns when it is on disk.
func (j *Journal) Append(kind string, data any) error {
	b, err := json.Marshal(data)
	if err != nil {
		return fault.Wrap(fault.Bug, err, "run %s: encoding an event %q", j.id, kind)
	}
	at := j.now().UnixMilli()
	ctx := context.Background() // an event is written whatever was given up meanwhile
	return j.ledger.commit(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO events(owner, number, time, kind, data)
			VALUES(?, (SELECT coalesce(max(number), 0) + 1 FROM events WHERE owner = ?), ?, ?, ?)`, j.owner.Seq, j.owner.Seq, at, kind, b)
		return err
	})
}

// Events are the events so far.
func (j *Journal) Events(ctx context.Context) iter.Seq2[Event, error] {
	return query(ctx, j.ledger, "SELECT time, kind, data FROM events WHERE owner = ? ORDER BY number", []any{j.owner.Seq},
		func(rows *sql.Rows) (e Event, err error) {
			var at int64
			var data []byte
			err = rows.Scan(&at, &e.Kind, &data)
			e.Time, e.Data = roaming.Millis(at), data
			return e, err
		})
}
