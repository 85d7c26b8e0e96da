// Package export copies users' histories into files: every conversation of
// every user, in files named by a template, with a manifest that says what each
// holds. Doing it again adds what is new and nothing else.
//
// A conversation is first read into a spool, a file below the folder's .export
// with a line a message, page by page. Its last message is the checkpoint to
// resume from after a kill. A complete spool is written into a temporary copy of
// its volume, which is then renamed.
// docs/export-format.md describes what is left behind.
package export
