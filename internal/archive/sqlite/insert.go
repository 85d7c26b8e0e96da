package sqlite

import (
	"cmp"
	"context"
	"slices"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/content"
)

// Nothing but a mistake makes these fail. With OR ROLLBACK, SQLite need not be able
// to undo a statement alone, which takes time. It is all the same for messages, whose
// row number is a column.
const (
	intoMessages = "INSERT OR ROLLBACK INTO messages(row, key, time, raw_time, conversation, sender, recipient, kind, text, body, ext, " +
		"sources, added, revisions, aliases, sum)"
	intoKeys        = "INSERT OR ROLLBACK INTO keys(key, row)"
	intoRaws        = "INSERT OR ROLLBACK INTO raws(row, source, form, raw)"
	intoWords       = "INSERT OR ROLLBACK INTO words(rowid, tokens)"
	intoAttachments = "INSERT OR ROLLBACK INTO attachments(row, url, secret, deadline, state, sha256, size, reason)"
)

// insert adds messages that the archive does not have.
func (i *importer) insert(ctx context.Context, news []*prepared) error {
	if len(news) == 0 {
		return nil
	}
	i.viewed = viewed{}
	if err := i.assignRows(ctx, &i.meta, news); err != nil {
		return err
	}
	slices.SortFunc(news, func(a, b *prepared) int { return cmp.Compare(a.row, b.row) })
	wait := i.derive(news)
	err := i.insertTables(ctx, news)
	wait()
	if err != nil {
		return err
	}
	raws := i.inserter(intoRaws, 4)
	for _, p := range news {
		if err := raws.add(ctx, p.row, int64(p.msg.Source), p.form[:], p.packed); err != nil {
			return err
		}
	}
	if err := raws.flush(ctx); err != nil {
		return err
	}
	return i.index(ctx, news)
}

// insertTables adds new messages to the tables that need nothing derived.
func (i *importer) insertTables(ctx context.Context, news []*prepared) error {
	messages, keys := i.inserter(intoMessages, 16), i.inserter(intoKeys, 2)
	files := i.inserter(intoAttachments, 8)
	for _, p := range news {
		m := p.msg
		conversation, sender, recipient, err := i.ids(ctx, m)
		if err != nil {
			return err
		}
		err = messages.add(
			ctx, p.row, []byte(m.Key), p.ms, m.RawTime, conversation, sender, recipient, string(m.Kind), m.Text, null(p.body), null(p.ext),
			int64(m.Source), i.meta.batch, 0, 0, p.sum,
		)
		if err != nil {
			return err
		}
		i.counts[m.Source]++
		if err := keys.add(ctx, []byte(m.Key), p.row); err != nil {
			return err
		}
		if err := addAttachments(ctx, files, p); err != nil {
			return err
		}
	}
	for _, in := range []*inserter{messages, keys, files} {
		if err := in.flush(ctx); err != nil {
			return err
		}
	}
	return nil
}

// index adds messages to the index. It writes what it has collected to disk,
// as one more piece to merge, whenever a row is lower than the one before and
// whenever a statement inserts several rows into any table. So the rows are in
// order, and come one by one, after all others.
func (w *writer) index(ctx context.Context, sorted []*prepared) error {
	for _, p := range sorted {
		if _, err := w.exec(ctx, intoWords+" VALUES(?, ?)", p.row, p.words); err != nil {
			return err
		}
	}
	return nil
}

// ids are the numbers of a message's conversation, sender and recipient.
func (w *writer) ids(ctx context.Context, m *archive.Message) (conversation, sender, recipient int64, err error) {
	if conversation, err = w.conversation(ctx, m.Conversation); err != nil {
		return 0, 0, 0, err
	}
	if sender, err = w.name(ctx, m.From); err != nil {
		return 0, 0, 0, err
	}
	recipient, err = w.name(ctx, m.To)
	return conversation, sender, recipient, err
}

func addAttachments(ctx context.Context, files *inserter, p *prepared) error {
	for _, f := range content.Attachments(p.msg) {
		if err := files.add(ctx, p.row, f.URL, f.Secret, content.Millis(f.Deadline), string(f.State), "", 0, ""); err != nil {
			return err
		}
	}
	return nil
}
