// Package clickhouse keeps an archive in a database of a ClickHouse server, or of
// a cluster of them, by the HTTP interface that every version has.
//
// A message is one row with all that belongs to it: raw bytes, earlier forms,
// attachments, tokens. Tables are of the ReplacingMergeTree family: a change is
// another row with the same key and a higher version, so a request that is sent
// twice changes nothing. Rows are in the order of archive.PositionOf. The shard is by
// the hash of the message's key alone.
//
// ClickHouse has no transactions. A batch is first written as a whole to the table
// batches, then to the others, and then marked as done. A writer that was killed
// in between leaves the first of these: the next one finishes the batch. Readers
// leave out messages of batches that are not done.
//
// Tokens find candidates; each is held against the query before it is a hit, as in
// package sqlite.
package clickhouse
