package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/content"
)

// merge looks at messages that the archive has, for another source or another
// form.
func (i *importer) merge(ctx context.Context, known []*prepared) error {
	same, err := i.sameForms(ctx, known)
	if err != nil {
		return err
	}
	for _, p := range known {
		if same[sourceOf{p.row, p.msg.Source}] == p.form {
			continue
		}
		_, has := same[sourceOf{p.row, p.msg.Source}]
		if err := i.mergeOne(ctx, p, has); err != nil {
			return err
		}
	}
	return nil
}

type sourceOf struct {
	row    int64
	source archive.Source
}

// sameForms are the forms that the archive has of messages, by source.
func (i *importer) sameForms(ctx context.Context, known []*prepared) (map[sourceOf]archive.Digest, error) {
	forms := make(map[sourceOf]archive.Digest, len(known))
	for chunk := range chunks(known) {
		args := make([]any, len(chunk))
		for n, p := range chunk {
			args[n] = p.row
		}
		err := each(ctx, i, "SELECT row, source, form FROM raws WHERE row IN ("+repeat("?", len(args))+")", args, func(rows *sql.Rows) error {
			var at sourceOf
			var form sql.RawBytes
			err := rows.Scan(&at.row, &at.source, &form)
			forms[at] = digest(form)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return forms, nil
}

func digest(b []byte) (d archive.Digest) {
	copy(d[:], b)
	return d
}

// mergeOne brings a known message from a source that the archive does not have
// it from, or in a form that is not the newest from there. A user's history has
// the newest form, which may be an earlier one again.
func (i *importer) mergeOne(ctx context.Context, p *prepared, has bool) error {
	kept, err := exists(ctx, i, "SELECT 1 FROM revisions WHERE row = ? AND form = ?", p.row, p.form[:])
	if err != nil || kept && has && p.msg.Source != archive.Roaming {
		return err
	}
	current, err := loadRow(ctx, i.writer, &i.known, p.row)
	if err != nil {
		return err
	}
	switch {
	case !has && (current.Visible() == p.msg.Visible() || kept && !p.msg.Source.Replaces(current.Sources)):
		return i.addSource(ctx, p)
	case p.msg.Source.Replaces(current.Sources):
		err = i.revise(ctx, p, &current)
	default: // an earlier form that comes late
		err = i.keepRevision(ctx, p.row, p.form, p.msg)
		if err == nil && !has {
			err = i.addSource(ctx, p)
		}
	}
	i.result.Revised++
	return err
}

// addSource notes that a source has a message.
func (i *importer) addSource(ctx context.Context, p *prepared) error {
	if _, err := i.exec(ctx, "INSERT OR REPLACE INTO raws(row, source, form, raw) VALUES(?, ?, ?, ?)",
		p.row, int64(p.msg.Source), p.form[:], i.raw.Pack(p.msg.Raw)); err != nil {
		return err
	}
	var before archive.Source
	if _, err := scan(ctx, i, []any{&before}, "SELECT sources FROM messages WHERE row = ?", p.row); err != nil {
		return err
	}
	i.counts[before]--
	i.counts[before|p.msg.Source]++
	_, err := i.exec(ctx, "UPDATE messages SET sources = ? WHERE row = ?", int64(before|p.msg.Source), p.row)
	return err
}

// revise makes a message's form the current one, and keeps the one before. The
// message's key, time and conversation stay.
func (i *importer) revise(ctx context.Context, p *prepared, current *archive.Stored) error {
	old := current.Message
	form, err := i.replaced(ctx, p, &old)
	if err != nil {
		return err
	}
	if err := i.keepRevision(ctx, p.row, form, &old); err != nil {
		return err
	}
	next := *p.msg
	next.Key, next.Time, next.RawTime, next.Conversation = old.Key, old.Time, old.RawTime, old.Conversation
	_, sender, recipient, err := i.ids(ctx, &next)
	if err != nil {
		return err
	}
	if _, err := i.exec(ctx, "UPDATE messages SET sender = ?, recipient = ?, kind = ?, text = ?, body = ?, ext = ?, sum = ? WHERE row = ?",
		sender, recipient, string(next.Kind), next.Text, null(p.body), null(p.ext), content.Sum(&next, p.body, p.ext), p.row); err != nil {
		return err
	}
	if err := i.addSource(ctx, p); err != nil {
		return err
	}
	if _, err := i.exec(ctx, "DELETE FROM words WHERE rowid = ?", p.row); err != nil {
		return err
	}
	if _, err = i.exec(ctx, intoWords+" VALUES(?, ?)", p.row, content.Words(&next)); err != nil {
		return err
	}
	files := i.inserter(strings.Replace(intoAttachments, "ROLLBACK", "IGNORE", 1), 8)
	if err := addAttachments(ctx, files, p); err != nil {
		return err
	}
	return files.flush(ctx)
}

// replaced gives the form that is replaced its raw bytes: those of the source that
// replaces it, or else of any. It returns the digest of the form of these bytes.
func (i *importer) replaced(ctx context.Context, p *prepared, old *archive.Message) (archive.Digest, error) {
	var form, packed []byte
	_, err := scan(ctx, i, []any{&form, &packed, &old.Source},
		"SELECT form, raw, source FROM raws WHERE row = ? ORDER BY source <> ?, source LIMIT 1", p.row, int64(p.msg.Source))
	if err != nil {
		return archive.Digest{}, err
	}
	old.Raw, err = i.raw.Unpack(packed)
	return digest(form), err
}

// keepRevision keeps a form of a message that is not the current one, once.
func (i *importer) keepRevision(ctx context.Context, row int64, form archive.Digest, m *archive.Message) error {
	kept, err := exists(ctx, i, "SELECT 1 FROM revisions WHERE row = ? AND form = ?", row, form[:])
	if err != nil || kept {
		return err
	}
	written, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if _, err := i.exec(ctx, `INSERT INTO revisions(row, number, run, form, content)
		SELECT ?1, (SELECT coalesce(max(number), 0) + 1 FROM revisions WHERE row = ?1), ?2, ?3, ?4`,
		row, i.run, form[:], i.raw.Pack(written)); err != nil {
		return err
	}
	_, err = i.exec(ctx, "UPDATE messages SET revisions = revisions + 1 WHERE row = ?", row)
	return err
}
