// Package restore puts the messages of a backup back through the service's
// import (contract, section 8), honestly: it looks at who still has what, so
// that nobody sees a message twice unasked, tells what can't go back, and keeps
// a durable map of old IDs to new ones, so that a restore that was killed at
// any instant can be run again and every message is still restored once.
package restore
