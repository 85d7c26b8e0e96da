// Package audit keeps the log of destructive commands: one JSON line each,
// chained by hashes, so that a line that was changed, removed, moved, doubled
// or put in is found. Lines are only ever added.
//
// A line is the entry's JSON with its "hash" last: the hex SHA-256 of that
// same text without the hash. "prev" is the hash of the line before. The last
// line's number and hash are kept beside the log in a file ".head", so that an
// end that was cut off is missed too. There is no secret in it: whoever can
// write the files and takes the trouble can forge the whole of the log, so a
// copy of the head elsewhere is what holds against that.
package audit
