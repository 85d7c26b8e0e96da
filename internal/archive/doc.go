// Package archive keeps the messages of an app beyond what the service keeps:
// each message once, whatever sources it came from and however many users see
// it; what each user saw of it; and what is missing.
//
// It holds the types and the Store interface. Package sqlite implements it in a
// file; storetest has the tests that every store passes. Package query is the
// language by which messages are chosen, package tokens the rule by which a
// word is found in a text.
package archive
