// Package roaming is the domain: what the service keeps for a user, and what
// can be asked of it. It does no I/O and knows no wire format; the client
// (easemob) implements Service, the commands use it.
package roaming
