package sqlite

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/roamctl/roamctl/internal/archive/tokens"
	"github.com/roamctl/roamctl/internal/fault"
)

// step changes the schema from one version to the next, in one transaction.
type step func(ctx context.Context, w *writer) error

// steps are the migrations: the first makes version 1 of an empty file.
func steps() []step {
	return []step{createTables}
}

// migrate brings a file to the newest version, one step after the other, so
// that an interrupted migration goes on where it stopped.
func migrate(ctx context.Context, w *writer, steps []step) error {
	version, err := w.version(ctx)
	if err != nil {
		return err
	}
	if version > len(steps) {
		return fault.New(fault.Config, "the archive has format %d; this version of roamctl knows formats up to %d", version, len(steps)).
			WithHint("use the newer roamctl that wrote it")
	}
	for i := version; i < len(steps); i++ {
		err := w.transaction(ctx, func(ctx context.Context) error {
			if err := steps[i](ctx, w); err != nil {
				return err
			}
			return w.execOnce(ctx, fmt.Sprintf("PRAGMA user_version = %d", i+1))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func createTables(ctx context.Context, w *writer) error {
	if err := w.execOnce(ctx, tables); err != nil {
		return err
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // it never fails
	if err := w.setMeta(ctx, metaSecret, secret); err != nil {
		return err
	}
	return w.setMeta(ctx, metaTokens, tokens.Version())
}

// The names in the table meta.
const (
	metaSecret  = "secret"        // the key of the tombstones' hashes
	metaTokens  = "tokens"        // the version of the index's tokens, "" while it is built
	metaBatch   = "batch"         // the number of the latest batch
	metaSpill   = "spill"         // how far messages went beyond their millisecond, see archive.PositionOf
	metaErasing = "erase_pending" // 1 from an erasure until its bytes are out of the files
)

const tables = `
CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

-- IDs of users, groups and rooms. folded is in lower case.
CREATE TABLE names(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, folded TEXT NOT NULL);
CREATE INDEX names_folded ON names(folded);
CREATE TABLE conversations(
	id INTEGER PRIMARY KEY,
	a INTEGER NOT NULL, b INTEGER NOT NULL, -- names; b is 0 for groups and rooms
	type TEXT NOT NULL,
	UNIQUE(a, b, type)
);
CREATE INDEX conversations_b ON conversations(b) WHERE b <> 0;

CREATE TABLE messages(
	row INTEGER PRIMARY KEY,  -- see archive.PositionOf
	key BLOB NOT NULL,        -- its first key
	time INTEGER NOT NULL,    -- ms, 0 for none
	raw_time TEXT NOT NULL,
	conversation INTEGER NOT NULL, sender INTEGER NOT NULL, recipient INTEGER NOT NULL,
	kind TEXT NOT NULL, text TEXT NOT NULL,
	body BLOB, ext BLOB,      -- JSON, null for none; see content.Body
	sources INTEGER NOT NULL, -- a set of archive.Source
	added INTEGER NOT NULL,   -- the batch
	revisions INTEGER NOT NULL, aliases INTEGER NOT NULL, -- how many
	sum BLOB NOT NULL         -- of what the message says, see sum.go
);
-- How many messages have a set of sources.
CREATE TABLE counts(sources INTEGER PRIMARY KEY, messages INTEGER NOT NULL);
CREATE INDEX messages_conversation ON messages(conversation);
CREATE INDEX messages_sender ON messages(sender);
CREATE TABLE keys(key BLOB PRIMARY KEY, row INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE aliases(row INTEGER NOT NULL, key BLOB NOT NULL, PRIMARY KEY(row, key)) WITHOUT ROWID;
-- The newest bytes of each source, compressed; form is archive.Message.Form.
CREATE TABLE raws(
	row INTEGER NOT NULL, source INTEGER NOT NULL, form BLOB NOT NULL, raw BLOB NOT NULL,
	PRIMARY KEY(row, source)
) WITHOUT ROWID;
CREATE TABLE revisions(
	row INTEGER NOT NULL, number INTEGER NOT NULL, run INTEGER NOT NULL, form BLOB NOT NULL, content BLOB NOT NULL,
	PRIMARY KEY(row, number)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5(tokens, content='', contentless_delete=1, tokenize='ascii');
INSERT INTO words(words, rank) VALUES('hashsize', 8388608); -- so a batch is written at once

CREATE TABLE runs(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, started INTEGER NOT NULL);
-- A span of a conversation in which a user saw every message that was in the
-- archive at the batch, but for the exceptions.
CREATE TABLE ranges(
	id INTEGER PRIMARY KEY,
	user INTEGER NOT NULL, conversation INTEGER NOT NULL,
	from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL,
	state TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, ended INTEGER NOT NULL, -- runs, 0 for none
	batch INTEGER NOT NULL
);
CREATE INDEX ranges_user ON ranges(user, conversation, from_ms);
CREATE TABLE exceptions(
	user INTEGER NOT NULL, row INTEGER NOT NULL,
	state TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, ended INTEGER NOT NULL,
	PRIMARY KEY(user, row)
) WITHOUT ROWID;
CREATE INDEX exceptions_row ON exceptions(row);

-- user and conversation are 0 for the whole app.
CREATE TABLE fetches(
	user INTEGER NOT NULL, conversation INTEGER NOT NULL, from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL,
	at INTEGER NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL, records INTEGER NOT NULL, last BLOB NOT NULL,
	PRIMARY KEY(user, conversation, from_ms, to_ms)
) WITHOUT ROWID;
CREATE TABLE attachments(
	row INTEGER NOT NULL, url TEXT NOT NULL, secret TEXT NOT NULL, deadline INTEGER NOT NULL,
	state TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL, reason TEXT NOT NULL,
	PRIMARY KEY(row, url)
) WITHOUT ROWID;
CREATE INDEX attachments_state ON attachments(state, deadline);
CREATE INDEX attachments_file ON attachments(sha256) WHERE sha256 <> '';
CREATE TABLE tombstones(hash BLOB PRIMARY KEY) WITHOUT ROWID;
`
