package restore

import "github.com/roamctl/roamctl/internal/roaming"

// Outlook counts, of messages that are about to be deleted, how many a restore
// could import again. Add them in the order in which a view hands them out.
type Outlook struct {
	// Check is the importer's CheckImport.
	Check func(roaming.Message) (doubtful []string, err error)

	Messages   int
	Importable int // at most: the times of a conversation's imports must rise

	ref  roaming.Ref
	last roaming.Time // of the latest importable one in ref
}

// Add counts a message of a user's view.
func (o *Outlook) Add(user string, m roaming.Message) {
	o.Messages++
	ref := roaming.Ref{User: user, Conversation: m.Conversation, Type: m.ChatType}
	if _, err := o.Check(m); err != nil || !belongs(ref, m) {
		return
	}
	if ref == o.ref && m.Timestamp.Equal(o.last.Time) {
		return // only one of the same millisecond can go back
	}
	o.ref, o.last = ref, m.Timestamp
	o.Importable++
}
