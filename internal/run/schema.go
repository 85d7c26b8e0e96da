package run

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

const schemaVersion = 4

// conversationTable are the columns of the table of conversations that are in
// files, and of the table of those whose file is being written.
const conversationTable = `
	user TEXT NOT NULL, type TEXT NOT NULL, conversation TEXT NOT NULL,
	volume TEXT NOT NULL,
	messages INTEGER NOT NULL, unreadable INTEGER NOT NULL,
	first_id TEXT NOT NULL, first_time INTEGER NOT NULL,
	last_id TEXT NOT NULL, last_time INTEGER NOT NULL,
	trailing TEXT NOT NULL,
	highest TEXT NOT NULL,
	refused TEXT NOT NULL,`

const schema = `
CREATE TABLE jobs(
	seq INTEGER PRIMARY KEY,
	user TEXT NOT NULL UNIQUE,
	state TEXT NOT NULL DEFAULT 'pending',
	kind TEXT NOT NULL DEFAULT '',
	error TEXT NOT NULL DEFAULT '',
	conversations INTEGER NOT NULL DEFAULT 0,
	messages INTEGER NOT NULL DEFAULT 0,
	spec BLOB
);
CREATE INDEX unfinished ON jobs(state, seq) WHERE state <> 'done';
CREATE TABLE events(
	job INTEGER NOT NULL,
	number INTEGER NOT NULL,
	time INTEGER NOT NULL,
	kind TEXT NOT NULL,
	data BLOB NOT NULL,
	sum INTEGER NOT NULL,
	PRIMARY KEY(job, number)
) WITHOUT ROWID;
CREATE TABLE skipped_lines(number INTEGER PRIMARY KEY, place TEXT NOT NULL, reason TEXT NOT NULL);
CREATE TABLE notes(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
PRAGMA user_version = 4;
`

// exportSchema has the tables of a run that exports.
const exportSchema = `
CREATE TABLE conversations(` + conversationTable + `
	PRIMARY KEY(user, type, conversation)
) WITHOUT ROWID;
CREATE TABLE staged(` + conversationTable + `
	PRIMARY KEY(volume, user, type, conversation)
) WITHOUT ROWID;
CREATE TABLE temp_files(
	volume TEXT NOT NULL, seq INTEGER NOT NULL, type TEXT NOT NULL, conversation TEXT NOT NULL,
	user TEXT NOT NULL, name TEXT NOT NULL, refused TEXT NOT NULL,
	PRIMARY KEY(volume, seq, type, conversation)
) WITHOUT ROWID;
CREATE INDEX temp_files_of ON temp_files(seq);
CREATE TABLE files(
	path TEXT PRIMARY KEY,
	volume TEXT NOT NULL, part INTEGER NOT NULL,
	bytes INTEGER NOT NULL, content INTEGER NOT NULL, sha256 TEXT NOT NULL, records INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX parts ON files(volume, part);
`

// AddExportTables adds the tables of a run that exports.
func (d *DB) AddExportTables(ctx context.Context) error {
	return d.commit(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(context.WithoutCancel(ctx), exportSchema)
		return err
	})
}

// create creates tables, and waits for the disk no sooner than the first commit
// does.
func (d *DB) create(ctx context.Context, tables string) (err error) {
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	var synchronous string
	if err := conn.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&synchronous); err != nil {
		return err
	}
	// Incremental vacuum frees the space of an export's tables without rewriting the
	// rest. A process that is killed here leaves a file with user_version 0, which is
	// ignored. So creating needs no SQLite journal.
	if _, err := conn.ExecContext(ctx, "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; PRAGMA auto_vacuum = incremental"); err != nil {
		return err
	}
	// SQLite keeps the mode, without an error, where it can't have a write-ahead log. A
	// journal in memory does not survive a kill.
	var mode string
	if err := conn.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("its folder does not allow SQLite's write-ahead log (journal mode %s)", mode)
	}
	_, err = conn.ExecContext(ctx, "BEGIN IMMEDIATE;"+tables+"COMMIT; PRAGMA synchronous = "+synchronous)
	return err
}

// DropExportTables deletes the rows that only an unfinished export needs: the
// manifest lists the same conversations and files.
func (d *DB) DropExportTables(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	err := d.commit(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM conversations; DELETE FROM staged; DELETE FROM temp_files; DELETE FROM files")
		return err
	})
	if err != nil {
		return err
	}
	_, err = d.db.ExecContext(ctx, "PRAGMA incremental_vacuum")
	return unusable(d.path, err)
}
