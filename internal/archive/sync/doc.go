// Package sync fills an archive from the service: with the hourly history files of
// the whole app, and with what each user's history shows.
//
// A sync only asks for what the archive does not have, and each step is one batch of
// the archive. So an interrupted sync continues when it is run again.
package sync
