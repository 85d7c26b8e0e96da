// Package backup keeps what is about to be deleted: it writes backups so that
// a crash or a full disk never leaves half of one that looks whole, reads them
// back, and finds any byte that was changed. The format is described in
// docs/backup-format.md.
package backup
