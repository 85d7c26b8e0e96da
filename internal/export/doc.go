// Package export copies users' histories into files: every conversation of
// every user, in files named by a template, with a manifest that says what each
// holds. Doing it again adds what is new and nothing else.
//
// A conversation is first fetched into a spool below the folder's .export, a
// line a message, as the pages arrive. A spool needs no other record of how far
// it is: its last whole line says where to go on after a kill. When it is
// complete it is written, aside, into the file that is its volume, and renamed.
// docs/export-format.md describes what is left behind.
package export
