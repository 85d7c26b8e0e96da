package run

import (
	"context"
	"database/sql"
	"iter"
	"strings"

	"github.com/roamctl/roamctl/internal/roaming"
)

// Mark names a message and its time.
type Mark struct {
	ID        roaming.MessageID `json:"id"`
	Timestamp roaming.Time      `json:"timestamp"`
}

// Conversation is a conversation in the files of an export.
type Conversation struct {
	roaming.Ref

	Volume     string            `json:"volume"` // the path of the files that hold it, before parts are numbered
	Messages   int               `json:"messages"`
	Unreadable int               `json:"unreadable"`
	First      *Mark             `json:"first"` // nil without a message that has an ID
	Last       *Mark             `json:"last"`
	Trailing   []string          `json:"trailing,omitempty"` // hashes of the records without an ID that follow Last
	Highest    roaming.MessageID `json:"highest,omitempty"`  // of all messages; the service does not promise that it is Last's
	Refused    string            `json:"refused,omitempty"`  // why the service did not return the rest of it; "" if it did
}

// File is a file of an export.
type File struct {
	Path    string `json:"path"` // below the export's folder, with /
	Volume  string `json:"volume"`
	Part    int    `json:"part"`    // from 1; 0 for a volume that is one file
	Bytes   int64  `json:"bytes"`   // on disk
	Content int64  `json:"content"` // before compression
	SHA256  string `json:"sha256"`
	Records int    `json:"records"` // messages, and items that could not be read
}

// TempFile is a temporary file with the fetched messages of a conversation, which
// waits to be added to a file of the export.
type TempFile struct {
	roaming.Ref

	Volume  string
	Seq     int64 // of the job
	Name    string
	Refused string // as in Conversation
}

type markColumns struct {
	id   string
	time int64
}

func (m *Mark) columns() markColumns {
	if m == nil {
		return markColumns{}
	}
	return markColumns{m.ID.String(), m.Timestamp.UnixMilli()}
}

func (c markColumns) mark() (*Mark, error) {
	if c.id == "" {
		return nil, nil //nolint:nilnil // no message, no mark
	}
	id, err := roaming.ParseMessageID(c.id)
	return &Mark{ID: id, Timestamp: roaming.Millis(c.time)}, err
}

// AddTempFile records that a conversation was fetched to its end.
func (d *DB) AddTempFile(ctx context.Context, f TempFile) error {
	ctx = context.WithoutCancel(ctx)
	return d.commit(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO temp_files(volume, seq, type, conversation, user, name, refused) VALUES(?, ?, ?, ?, ?, ?, ?)",
			f.Volume, f.Seq, string(f.Type), f.Conversation, f.User, f.Name, f.Refused)
		return err
	})
}

// TempFilesFor yields the temporary files that wait for a volume, in order.
func (d *DB) TempFilesFor(ctx context.Context, volume string) iter.Seq2[TempFile, error] {
	return d.tempFiles(ctx, "volume = ? ORDER BY seq, type, conversation", volume)
}

// TempFilesOf yields the temporary files of a job.
func (d *DB) TempFilesOf(ctx context.Context, seq int64) iter.Seq2[TempFile, error] {
	return d.tempFiles(ctx, "seq = ?", seq)
}

func (d *DB) tempFiles(ctx context.Context, where string, arg any) iter.Seq2[TempFile, error] {
	return query(ctx, d, "SELECT volume, seq, type, conversation, user, name, refused FROM temp_files WHERE "+where, []any{arg},
		func(rows *sql.Rows) (f TempFile, err error) {
			err = rows.Scan(&f.Volume, &f.Seq, &f.Type, &f.Conversation, &f.User, &f.Name, &f.Refused)
			return f, err
		})
}

// PendingVolumes yields the volumes that temporary files of a job, or of all jobs
// for 0, wait for, in order.
func (d *DB) PendingVolumes(ctx context.Context, seq int64) iter.Seq2[string, error] {
	where, args := "", []any(nil)
	if seq != 0 {
		where, args = " WHERE seq = ?", []any{seq}
	}
	return query(ctx, d, "SELECT DISTINCT volume FROM temp_files"+where+" ORDER BY volume", args, func(rows *sql.Rows) (v string, err error) {
		err = rows.Scan(&v)
		return v, err
	})
}

// Users yields the users that have conversations, in order.
func (d *DB) Users(ctx context.Context) iter.Seq2[string, error] {
	return query(ctx, d, "SELECT DISTINCT user FROM conversations ORDER BY user", nil, func(rows *sql.Rows) (user string, err error) {
		err = rows.Scan(&user)
		return user, err
	})
}

// Conversations yields those of a user, or all for "", by user, type and ID.
func (d *DB) Conversations(ctx context.Context, user string) iter.Seq2[Conversation, error] {
	where, args := "", []any(nil)
	if user != "" {
		where, args = " WHERE user = ?", []any{user}
	}
	return query(ctx, d, "SELECT "+conversationColumns+" FROM conversations"+where+" ORDER BY user, type, conversation", args, scanConversation)
}

// Conversation returns one of them and reports whether it exists.
func (d *DB) Conversation(ctx context.Context, ref roaming.Ref) (c Conversation, found bool, err error) {
	one := query(ctx, d, "SELECT "+conversationColumns+" FROM conversations WHERE user = ? AND type = ? AND conversation = ?",
		[]any{ref.User, string(ref.Type), ref.Conversation}, scanConversation)
	for c, err := range one {
		return c, err == nil, err
	}
	return Conversation{Ref: ref}, false, nil
}

const conversationColumns = "user, type, conversation, volume, messages, unreadable, first_id, first_time, last_id, last_time, trailing, highest, refused"

func scanConversation(rows *sql.Rows) (c Conversation, err error) {
	var first, last markColumns
	var trailing, highest string
	err = rows.Scan(&c.User, &c.Type, &c.Conversation, &c.Volume, &c.Messages, &c.Unreadable, &first.id, &first.time, &last.id, &last.time, &trailing, &highest, &c.Refused)
	if trailing != "" {
		c.Trailing = strings.Fields(trailing)
	}
	if err == nil {
		c.First, err = first.mark()
	}
	if err == nil {
		c.Last, err = last.mark()
	}
	if err == nil && highest != "" {
		c.Highest, err = roaming.ParseMessageID(highest)
	}
	return c, err
}

// HasFile reports whether there is a file of that path.
func (d *DB) HasFile(ctx context.Context, path string) (found bool, err error) {
	err = d.db.QueryRowContext(ctx, "SELECT EXISTS(SELECT 1 FROM files WHERE path = ?)", path).Scan(&found)
	return found, unusable(d.path, err)
}

// Files yields those of a volume by part, or all for "" by volume and part.
func (d *DB) Files(ctx context.Context, volume string) iter.Seq2[File, error] {
	where, args := " ORDER BY volume, part", []any(nil)
	if volume != "" {
		where, args = " WHERE volume = ? ORDER BY part", []any{volume}
	}
	return query(ctx, d, "SELECT path, volume, part, bytes, content, sha256, records FROM files"+where, args, func(rows *sql.Rows) (f File, err error) {
		err = rows.Scan(&f.Path, &f.Volume, &f.Part, &f.Bytes, &f.Content, &f.SHA256, &f.Records)
		return f, err
	})
}
