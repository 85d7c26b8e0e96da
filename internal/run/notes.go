package run

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"strconv"
)

// SkippedLine is a line of a users file that was skipped.
type SkippedLine struct {
	Place  string `json:"place"` // file:line
	Reason string `json:"reason"`
}

// AddSkipped stores lines that were skipped.
func (d *DB) AddSkipped(ctx context.Context, lines []SkippedLine) error {
	return d.commit(ctx, func(tx *sql.Tx) error {
		for _, l := range lines {
			if _, err := tx.ExecContext(context.WithoutCancel(ctx), "INSERT INTO skipped_lines(place, reason) VALUES(?, ?)", l.Place, l.Reason); err != nil {
				return err
			}
		}
		return nil
	})
}

// Skipped iterates over the lines that were skipped, in order.
func (d *DB) Skipped(ctx context.Context) iter.Seq2[SkippedLine, error] {
	return query(ctx, d, "SELECT place, reason FROM skipped_lines ORDER BY number", nil,
		func(rows *sql.Rows) (l SkippedLine, err error) {
			err = rows.Scan(&l.Place, &l.Reason)
			return l, err
		})
}

// Note returns a note by its name; "" when there is none.
func (d *DB) Note(ctx context.Context, name string) (value string, err error) {
	err = d.db.QueryRowContext(ctx, "SELECT value FROM notes WHERE name = ?", name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, unusable(d.path, err)
}

// SetNote stores a note and replaces the one of that name.
func (d *DB) SetNote(ctx context.Context, name, value string) error {
	return d.commit(ctx, func(tx *sql.Tx) error { return setNote(ctx, tx, name, value) })
}

func setNote(ctx context.Context, tx *sql.Tx, name, value string) error {
	_, err := tx.ExecContext(context.WithoutCancel(ctx), "INSERT INTO notes VALUES(?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", name, value)
	return err
}

// printedNote, with a job's number, is the name of the note that SetPrinted sets.
const printedNote = "printed "

// SetPrinted stores how many items of a job were printed before it was interrupted.
func (d *DB) SetPrinted(ctx context.Context, j Job, items int) error {
	return d.SetNote(ctx, printedNote+strconv.FormatInt(j.Seq, 10), strconv.Itoa(items))
}

// Printed returns what SetPrinted has stored, by the jobs' numbers.
func (d *DB) Printed(ctx context.Context) (map[int64]int, error) {
	all := map[int64]int{}
	type note struct {
		seq   int64
		items int
	}
	for n, err := range query(ctx, d, "SELECT CAST(substr(name, ?) AS INTEGER), CAST(value AS INTEGER) FROM notes WHERE name GLOB ?",
		[]any{len(printedNote) + 1, printedNote + "*"}, func(rows *sql.Rows) (n note, err error) {
			err = rows.Scan(&n.seq, &n.items)
			return n, err
		}) {
		if err != nil {
			return nil, err
		}
		all[n.seq] = n.items
	}
	return all, nil
}
