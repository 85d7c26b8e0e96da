package store

// schemaVersion is kept in SQLite's user_version. A folder of another version
// is refused: a sandbox's data can always be made again.
const schemaVersion = 1

// How the tables work together:
//
// conversations is what the participants share. seq counts every arrival,
// activity only clients' messages (those that conversation lists know of).
// max_ts is the newest timestamp; late_seq the last arrival that was older
// than one before it. last_ts and last_id are the newest client's message.
//
// messages holds each message once. id is the unsigned message ID with its top
// bit flipped, so that SQLite's signed order is the unsigned order.
//
// views is one owner's side of a conversation. It is on the owner's list while
// removed_at and emptied_at are below the conversation's activity: a new
// client's message thus brings it back without touching any view.
// unread = activity - read_at. role is 0 outside, 1 member, 2 owner of a group.
//
// cleared and deleted say what an owner no longer sees: everything that had
// arrived by seq with a timestamp up to ts, and single messages. The seq makes
// a mark spare what is imported after the deletion with an older timestamp.
const schema = `
CREATE TABLE settings(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE users(
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, password TEXT NOT NULL DEFAULT '',
  created INTEGER NOT NULL, activated INTEGER NOT NULL DEFAULT 1);
CREATE TABLE conversations(
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL,
  seq INTEGER NOT NULL DEFAULT 0, activity INTEGER NOT NULL DEFAULT 0,
  max_ts INTEGER NOT NULL DEFAULT 0, late_seq INTEGER NOT NULL DEFAULT 0,
  last_ts INTEGER NOT NULL DEFAULT 0, last_id INTEGER NOT NULL DEFAULT 0,
  import_ts INTEGER NOT NULL DEFAULT 0);
CREATE INDEX rooms ON conversations(id) WHERE kind = 3;
CREATE TABLE messages(
  id INTEGER PRIMARY KEY, conversation INTEGER NOT NULL, ts INTEGER NOT NULL, seq INTEGER NOT NULL,
  sender INTEGER NOT NULL, kind INTEGER NOT NULL, flags INTEGER NOT NULL, body BLOB NOT NULL, payload BLOB);
CREATE INDEX history ON messages(conversation, ts, id, seq, kind, sender, flags);
CREATE TABLE views(
  owner INTEGER NOT NULL, conversation INTEGER NOT NULL, peer INTEGER NOT NULL, role INTEGER NOT NULL,
  joined_seq INTEGER NOT NULL, removed_at INTEGER NOT NULL, emptied_at INTEGER NOT NULL DEFAULT -1,
  read_at INTEGER NOT NULL, top_ts INTEGER NOT NULL DEFAULT 0, marks INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(owner, conversation)) WITHOUT ROWID;
CREATE INDEX members ON views(conversation, owner) WHERE role > 0;
CREATE TABLE cleared(
  owner INTEGER NOT NULL, conversation INTEGER NOT NULL, ts INTEGER NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY(owner, conversation, ts)) WITHOUT ROWID;
CREATE TABLE deleted(owner INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY(owner, id)) WITHOUT ROWID;
PRAGMA user_version = 1;`
