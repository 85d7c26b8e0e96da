package sqlite

import (
	"context"
	"database/sql"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/content"
	"github.com/roamctl/roamctl/internal/roaming"
)

// storedColumns are what readStored reads, of messages AS m.
const storedColumns = "m.row, m.key, m.time, m.raw_time, m.conversation, m.sender, m.recipient, m.kind, m.text, m.body, m.ext, " +
	"m.sources, m.added, m.revisions, m.aliases"

// record is a row of messages.
type record struct {
	archive.Stored
	conversation, sender, recipient int64
	aliases                         int
	body, ext                       []byte // as in the row
}

// reader turns rows into messages.
type reader struct {
	q     querier
	names *names
	raw   content.Codec
}

// scan reads a row but for what other tables have.
func (r reader) scan(rows *sql.Rows, rec *record, more ...any) error {
	var key sql.RawBytes
	var ms int64
	*rec = record{}
	into := []any{
		&rec.Position, &key, &ms, &rec.RawTime, &rec.conversation, &rec.sender, &rec.recipient, &rec.Kind, &rec.Text, &rec.body, &rec.ext,
		&rec.Sources, &rec.Added, &rec.Revisions, &rec.aliases,
	}
	if err := rows.Scan(append(into, more...)...); err != nil {
		return err
	}
	rec.Key, rec.Time = archive.Key(key), roaming.Millis(ms)
	return nil
}

// fill adds the names, body and extension. It reads other tables only for names
// that are not in memory.
func (r reader) fill(ctx context.Context, rec *record) (err error) {
	if rec.Conversation, err = r.names.conversation(ctx, r.q, rec.conversation); err != nil {
		return err
	}
	if rec.From, err = r.names.name(ctx, r.q, rec.sender); err != nil {
		return err
	}
	if rec.To, err = r.names.name(ctx, r.q, rec.recipient); err != nil {
		return err
	}
	if rec.Body, err = content.Parse(rec.body, rec.Text); err != nil {
		return err
	}
	rec.Ext, err = content.Parse(rec.ext, "")
	return err
}

// finish adds what few messages have or few callers want: other keys, and with
// raw the bytes of the first source.
func (r reader) finish(ctx context.Context, rec *record, raw bool) error {
	rec.Keys = []archive.Key{rec.Key}
	if rec.aliases > 0 {
		err := each(ctx, r.q, "SELECT key FROM aliases WHERE row = ? ORDER BY key", []any{rec.Position}, func(rows *sql.Rows) error {
			var key []byte
			err := rows.Scan(&key)
			rec.Keys = append(rec.Keys, archive.Key(key))
			return err
		})
		if err != nil {
			return err
		}
	}
	if !raw {
		return nil
	}
	var packed []byte
	if _, err := scan(ctx, r.q, []any{&packed, &rec.Source}, "SELECT raw, source FROM raws WHERE row = ? ORDER BY source LIMIT 1", rec.Position); err != nil {
		return err
	}
	var err error
	rec.Raw, err = r.raw.Unpack(packed)
	return err
}

// loadRow is the message of a row, without raw bytes.
func loadRow(ctx context.Context, q querier, n *names, row int64) (archive.Stored, error) {
	r := reader{q: q, names: n}
	var rec record
	err := each(ctx, q, "SELECT "+storedColumns+" FROM messages AS m WHERE m.row = ?", []any{row}, func(rows *sql.Rows) error {
		return r.scan(rows, &rec)
	})
	if err != nil {
		return rec.Stored, err
	}
	if err := r.fill(ctx, &rec); err != nil {
		return rec.Stored, err
	}
	return rec.Stored, r.finish(ctx, &rec, false)
}

func (s *Store) reader() reader { return reader{q: s.read, names: &s.names, raw: s.raw} }
