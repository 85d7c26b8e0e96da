package run

import (
	"context"
	"database/sql"
	"strings"
)

// Load records files and conversations of earlier exports.
func (d *DB) Load(ctx context.Context, files []File, conversations []Conversation) error {
	ctx = context.WithoutCancel(ctx)
	return d.commit(ctx, func(tx *sql.Tx) error {
		if err := putFiles(ctx, tx, files); err != nil {
			return err
		}
		return putConversations(ctx, tx, putWritten, conversations)
	})
}

// There are two tables of conversations: of what files hold, and of what they
// will hold once a volume in progress is complete.
const (
	putWritten = "INSERT OR REPLACE INTO conversations(" + conversationColumns + ") VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	putStaged  = "INSERT OR REPLACE INTO staged(" + conversationColumns + ") VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

// Writing stages the conversations of an output file. Done commits them.
type Writing struct {
	db      *DB
	volume  string
	waiting []Conversation
}

// Writing begins a volume.
func (d *DB) Writing(volume string) *Writing { return &Writing{db: d, volume: volume} }

// maxWaiting is how many conversations are held in memory.
const maxWaiting = 1000

// Add adds a conversation.
func (w *Writing) Add(ctx context.Context, c Conversation) error {
	if w.waiting = append(w.waiting, c); len(w.waiting) < maxWaiting {
		return nil
	}
	err := w.db.commit(ctx, func(tx *sql.Tx) error {
		return putConversations(context.WithoutCancel(ctx), tx, putStaged, w.waiting)
	})
	w.waiting = w.waiting[:0]
	return err
}

// Done records the volume's files and conversations, and that no temporary file
// waits for it, in one transaction.
func (w *Writing) Done(ctx context.Context, files []File) error {
	ctx = context.WithoutCancel(ctx)
	return w.db.commit(ctx, func(tx *sql.Tx) error {
		if err := putFiles(ctx, tx, files); err != nil {
			return err
		}
		if err := putConversations(ctx, tx, putWritten, w.waiting); err != nil {
			return err
		}
		for _, statement := range []string{
			"INSERT OR REPLACE INTO conversations SELECT * FROM staged WHERE volume = ?",
			"DELETE FROM staged WHERE volume = ?",
			"DELETE FROM temp_files WHERE volume = ?",
		} {
			if _, err := tx.ExecContext(ctx, statement, w.volume); err != nil {
				return err
			}
		}
		return nil
	})
}

func putFiles(ctx context.Context, tx *sql.Tx, files []File) error {
	if len(files) == 0 {
		return nil
	}
	put, err := tx.PrepareContext(ctx, "INSERT OR REPLACE INTO files(path, volume, part, bytes, content, sha256, records) VALUES(?, ?, ?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	defer put.Close()
	for _, f := range files {
		if _, err := put.ExecContext(ctx, f.Path, f.Volume, f.Part, f.Bytes, f.Content, f.SHA256, f.Records); err != nil {
			return err
		}
	}
	return nil
}

func putConversations(ctx context.Context, tx *sql.Tx, statement string, conversations []Conversation) error {
	if len(conversations) == 0 {
		return nil
	}
	put, err := tx.PrepareContext(ctx, statement)
	if err != nil {
		return err
	}
	defer put.Close()
	for _, c := range conversations {
		first, last, highest := c.First.columns(), c.Last.columns(), ""
		if c.Highest != 0 {
			highest = c.Highest.String()
		}
		if _, err := put.ExecContext(ctx, c.User, string(c.Type), c.Conversation, c.Volume, c.Messages, c.Unreadable,
			first.id, first.time, last.id, last.time, strings.Join(c.Trailing, " "), highest, c.Refused); err != nil {
			return err
		}
	}
	return nil
}
