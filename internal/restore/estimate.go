package restore

import "github.com/roamctl/roamctl/internal/roaming"

// Estimate counts how many messages a restore could import again after they
// are deleted. Add them in the order of a user's history.
type Estimate struct {
	// Check is the importer's CheckImport.
	Check func(roaming.Message) (doubtful []string, err error)

	Messages   int
	Importable int // an upper bound: the times of a conversation's imports must rise

	ref  roaming.Ref
	last roaming.Time // of the latest importable one in ref
}

// Add counts a message of a user's history.
func (e *Estimate) Add(user string, m roaming.Message) {
	e.Messages++
	ref := roaming.Ref{User: user, Conversation: m.Conversation, Type: m.ChatType}
	if _, err := e.Check(m); err != nil || !belongs(ref, m) {
		return
	}
	if ref == e.ref && m.Timestamp.Equal(e.last.Time) {
		return // the service imports only one message of a millisecond
	}
	e.ref, e.last = ref, m.Timestamp
	e.Importable++
}
