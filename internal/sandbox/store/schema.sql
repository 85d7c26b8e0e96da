-- How the tables work together:
--
-- conversations is what the participants share. seq counts every arrival,
-- activity only clients' messages (those that conversation lists show).
-- max_ts is the newest timestamp; late_seq the last arrival that was older
-- than one before it. last_ts and last_id are the newest client's message.
--
-- messages holds each message once. id is the unsigned message ID with its top
-- bit flipped, so that SQLite's signed order is the unsigned order.
--
-- views is one user's side of a conversation. It is on the user's list while
-- removed_at and emptied_at are below the conversation's activity: a new
-- client's message thus brings it back without touching any view.
-- unread = activity - read_at. role is 0 outside, 1 member, 2 owner of a group.
--
-- cleared and deleted hold what a user deleted: everything that had arrived by
-- seq with a timestamp up to ts, and single messages. Because of seq, a message
-- that is imported after the deletion with an older timestamp is visible.
--
-- A message that a client sent has an origin, its device ("" for no particular
-- one); live_seq is the seq of a conversation's last such message. handed holds up
-- to which seq a device has confirmed a conversation's queue; the row of resource
-- "" is the highest of a user's devices, where a new device begins. Conversation 0
-- stands for notices, which have a seq of their own. sent holds the IDs that
-- devices gave to messages, so that a message that is sent again is stored once.
--
-- A signal is a row of messages that devices receive and no history has, such as a
-- receipt. Its receiver is the user that it is for, 0 for all participants.
--
-- events is the log of events, in order: the newest few thousand.
--
-- files are what clients uploaded; the contents are in the folder beside the
-- database, by id. size is -1 when the content was deleted because it expired.

CREATE TABLE settings(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE users(
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, password TEXT NOT NULL DEFAULT '',
  created INTEGER NOT NULL);
CREATE TABLE conversations(
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL,
  seq INTEGER NOT NULL DEFAULT 0, activity INTEGER NOT NULL DEFAULT 0,
  max_ts INTEGER NOT NULL DEFAULT 0, late_seq INTEGER NOT NULL DEFAULT 0,
  last_ts INTEGER NOT NULL DEFAULT 0, last_id INTEGER NOT NULL DEFAULT 0,
  import_ts INTEGER NOT NULL DEFAULT 0, live_seq INTEGER NOT NULL DEFAULT 0);
CREATE INDEX rooms ON conversations(id) WHERE kind = 3;
CREATE TABLE messages(
  id INTEGER PRIMARY KEY, conversation INTEGER NOT NULL, ts INTEGER NOT NULL, seq INTEGER NOT NULL,
  sender INTEGER NOT NULL, kind INTEGER NOT NULL, flags INTEGER NOT NULL, body BLOB NOT NULL, payload BLOB,
  origin TEXT, receiver INTEGER NOT NULL DEFAULT 0);
CREATE INDEX history ON messages(conversation, ts, id, seq, kind, sender, flags);
CREATE INDEX live ON messages(conversation, seq) WHERE origin IS NOT NULL;
CREATE TABLE views(
  user INTEGER NOT NULL, conversation INTEGER NOT NULL, peer INTEGER NOT NULL, role INTEGER NOT NULL,
  joined_seq INTEGER NOT NULL, removed_at INTEGER NOT NULL, emptied_at INTEGER NOT NULL DEFAULT -1,
  read_at INTEGER NOT NULL, top_ts INTEGER NOT NULL DEFAULT 0, marks INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(user, conversation)) WITHOUT ROWID;
CREATE INDEX members ON views(conversation, user) WHERE role > 0;
CREATE TABLE announcements(conversation INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE cleared(
  user INTEGER NOT NULL, conversation INTEGER NOT NULL, ts INTEGER NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY(user, conversation, ts)) WITHOUT ROWID;
CREATE TABLE deleted(user INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY(user, id)) WITHOUT ROWID;
CREATE TABLE devices(
  user INTEGER NOT NULL, resource TEXT NOT NULL, seen INTEGER NOT NULL, PRIMARY KEY(user, resource)) WITHOUT ROWID;
CREATE TABLE handed(
  user INTEGER NOT NULL, resource TEXT NOT NULL, conversation INTEGER NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY(user, resource, conversation)) WITHOUT ROWID;
CREATE TABLE sent(
  user INTEGER NOT NULL, resource TEXT NOT NULL, meta INTEGER NOT NULL, id INTEGER NOT NULL,
  PRIMARY KEY(user, resource, meta)) WITHOUT ROWID;
CREATE TABLE notices(
  seq INTEGER PRIMARY KEY AUTOINCREMENT, user INTEGER NOT NULL, origin TEXT NOT NULL, ts INTEGER NOT NULL, payload BLOB NOT NULL);
CREATE INDEX own_notices ON notices(user, seq);
CREATE TABLE events(
  seq INTEGER PRIMARY KEY AUTOINCREMENT, ts INTEGER NOT NULL, kind TEXT NOT NULL, user INTEGER NOT NULL, device TEXT NOT NULL,
  conversation INTEGER NOT NULL, type INTEGER NOT NULL, peer TEXT NOT NULL, message INTEGER NOT NULL, detail TEXT NOT NULL);
CREATE TABLE files(
  id TEXT PRIMARY KEY, secret TEXT NOT NULL, created INTEGER NOT NULL, size INTEGER NOT NULL) WITHOUT ROWID;
PRAGMA user_version = 7;
