package ledger

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"strconv"
)

// Aside is a line of a file of users that was set aside.
type Aside struct {
	Place  string `json:"place"` // file:line
	Reason string `json:"reason"`
}

// SetAside notes lines that were set aside.
func (l *Ledger) SetAside(ctx context.Context, lines []Aside) error {
	return l.commit(ctx, func(tx *sql.Tx) error {
		for _, a := range lines {
			if _, err := tx.ExecContext(context.WithoutCancel(ctx), "INSERT INTO asides(place, reason) VALUES(?, ?)", a.Place, a.Reason); err != nil {
				return err
			}
		}
		return nil
	})
}

// Asides are the lines that were set aside, in order.
func (l *Ledger) Asides(ctx context.Context) iter.Seq2[Aside, error] {
	return query(ctx, l, "SELECT place, reason FROM asides ORDER BY number", nil,
		func(rows *sql.Rows) (a Aside, err error) {
			err = rows.Scan(&a.Place, &a.Reason)
			return a, err
		})
}

// Note is a note by its name; "" when there is none.
func (l *Ledger) Note(ctx context.Context, name string) (value string, err error) {
	err = l.db.QueryRowContext(ctx, "SELECT value FROM notes WHERE name = ?", name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, broken(l.path, err)
}

// SetNote keeps a note, in place of the one of that name.
func (l *Ledger) SetNote(ctx context.Context, name, value string) error {
	return l.commit(ctx, func(tx *sql.Tx) error { return setNote(ctx, tx, name, value) })
}

func setNote(ctx context.Context, tx *sql.Tx, name, value string) error {
	_, err := tx.ExecContext(context.WithoutCancel(ctx), "INSERT INTO notes VALUES(?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", name, value)
	return err
}

// printedNote, with a user's Seq, says how much of the user's part was printed
// before it was given up.
const printedNote = "printed "

// SetPrinted notes that so many items of a user were printed before their part
// was given up in good order.
func (l *Ledger) SetPrinted(ctx context.Context, o User, items int) error {
	return l.SetNote(ctx, printedNote+strconv.FormatInt(o.Seq, 10), strconv.Itoa(items))
}

// Printed is what SetPrinted has noted, by Seq.
func (l *Ledger) Printed(ctx context.Context) (map[int64]int, error) {
	all := map[int64]int{}
	type note struct {
		seq   int64
		items int
	}
	for n, err := range query(ctx, l, "SELECT CAST(substr(name, ?) AS INTEGER), CAST(value AS INTEGER) FROM notes WHERE name GLOB ?",
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

// AddPage is Add for a page of a listing: where it goes on is noted with it, so
// that neither is there without the other.
func (l *Ledger) AddPage(ctx context.Context, users []User, name, next string) (added int, err error) {
	err = l.commit(ctx, func(tx *sql.Tx) error {
		if added, err = add(ctx, tx, users); err != nil {
			return err
		}
		return setNote(ctx, tx, name, next)
	})
	return added, err
}
