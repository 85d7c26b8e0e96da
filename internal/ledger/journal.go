package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"
	"strconv"
	"strings"

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
	user   User
	id     string
	now    func() roaming.Time
}

// Journal is a user's journal in the run of an ID; now is needed to append.
func (l *Ledger) Journal(run string, o User, now func() roaming.Time) *Journal {
	return &Journal{ledger: l, user: o, id: PartID(run, o.Seq), now: now}
}

// PartID names one user's part of a run: 20261123T143012-7f3a9c-000017 is the
// 17th user's.
func PartID(run string, seq int64) string { return fmt.Sprintf("%s-%0*d", run, partDigits, seq) }

// CutPart takes the ID of one user's part of a run apart: 20261123T143012-7f3a9c
// and 17 for 20261123T143012-7f3a9c-000017.
func CutPart(id string) (run string, seq int64, ok bool) {
	i := strings.LastIndexByte(id, '-')
	if i < 0 || len(id)-i-1 < partDigits || strings.Count(id, "-") != 2 {
		return "", 0, false
	}
	seq, err := strconv.ParseInt(id[i+1:], 10, 64)
	return id[:i], seq, err == nil && seq > 0
}

// partDigits is how many digits a user's number has at least.
const partDigits = 6

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
		_, err := tx.ExecContext(ctx, `INSERT INTO events(user, number, time, kind, data)
			VALUES(?, (SELECT coalesce(max(number), 0) + 1 FROM events WHERE user = ?), ?, ?, ?)`, j.user.Seq, j.user.Seq, at, kind, b)
		return err
	})
}

// Events are the events so far.
func (j *Journal) Events(ctx context.Context) iter.Seq2[Event, error] {
	return query(ctx, j.ledger, "SELECT time, kind, data FROM events WHERE user = ? ORDER BY number", []any{j.user.Seq},
		func(rows *sql.Rows) (e Event, err error) {
			var at int64
			var data []byte
			err = rows.Scan(&at, &e.Kind, &data)
			e.Time, e.Data = roaming.Millis(at), data
			return e, err
		})
}
