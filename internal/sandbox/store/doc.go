// Package store keeps the sandbox's users, conversations and messages in
// SQLite. A message is stored once, in the conversation that its participants
// share; what each user deleted, pinned or marked is kept beside it, in views
// and marks that cost the same for a group of two and a group of thousands.
//
// Several processes may have the same folder open at once. Commits are
// written to the log file before a call returns, so they survive the death of
// the process (though not of the machine: synchronous is NORMAL).
package store
