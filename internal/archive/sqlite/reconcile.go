package sqlite

import (
	"context"
	"database/sql"

	"github.com/roamctl/roamctl/internal/archive"
)

// reconcile finds, among new messages of one form of ID, those that the archive
// has under an ID of another form. They get that message's row, and the message
// another key. The rest stays new.
func (i *importer) reconcile(ctx context.Context, news []*prepared) (rest, reconciled []*prepared, err error) {
	if len(news) == 0 {
		return nil, nil, nil
	}
	form := news[0].msg.Key.Form()
	if form == archive.NoID {
		return news, nil, nil
	}
	other, err := exists(ctx, i, "SELECT 1 FROM keys WHERE key >= ? AND key < ? LIMIT 1", []byte{byte(form.Other())}, []byte{byte(form.Other()) + 1})
	if err != nil || !other {
		return news, nil, err
	}
	sameSignature := map[archive.Digest]int{}
	for _, p := range news {
		sameSignature[p.sign()]++
	}
	for _, p := range news {
		found := int64(-1)
		if p.sign() != (archive.Digest{}) && sameSignature[p.sign()] == 1 {
			if found, err = i.counterpart(ctx, p); err != nil {
				return nil, nil, err
			}
		}
		if found < 0 {
			rest = append(rest, p)
			continue
		}
		p.row = found
		if err := i.alias(ctx, p); err != nil {
			return nil, nil, err
		}
		reconciled = append(reconciled, p)
	}
	return rest, reconciled, nil
}

// counterpart is the row of the one message that has the same signature and no
// ID of the same form, or -1. A message that has one of the same form and none
// of the other is a second candidate on this side.
func (i *importer) counterpart(ctx context.Context, p *prepared) (int64, error) {
	from, to := i.meta.rowSpan(archive.Span{From: p.ms, To: p.ms})
	var candidates []int64
	err := each(ctx, i, "SELECT row FROM messages WHERE row BETWEEN ? AND ? AND time = ?",
		[]any{from, to, p.ms}, func(rows *sql.Rows) error {
			var row int64
			err := rows.Scan(&row)
			candidates = append(candidates, row)
			return err
		})
	if err != nil {
		return -1, err
	}
	found := int64(-1)
	for _, row := range candidates {
		m, err := loadRow(ctx, i.writer, &i.known, row)
		if err != nil {
			return -1, err
		}
		if signature, ok := m.Signature(); !ok || signature != p.sign() || len(m.Keys) > 1 {
			continue
		}
		if m.Key.Form() == p.msg.Key.Form() || found >= 0 {
			return -1, nil
		}
		found = row
	}
	return found, nil
}

// alias gives a message another key.
func (i *importer) alias(ctx context.Context, p *prepared) error {
	key := []byte(p.msg.Key)
	if _, err := i.exec(ctx, intoKeys+" VALUES(?, ?)", key, p.row); err != nil {
		return err
	}
	if _, err := i.exec(ctx, "INSERT INTO aliases(row, key) VALUES(?, ?)", p.row, key); err != nil {
		return err
	}
	_, err := i.exec(ctx, "UPDATE messages SET aliases = aliases + 1 WHERE row = ?", p.row)
	return err
}
