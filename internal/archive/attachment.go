package archive

import "github.com/roamctl/roamctl/internal/roaming"

// Attachment is one file of a message. The archive keeps its state; the file
// itself is kept beside it under its digest.
type Attachment struct {
	Message  Key
	URL      string       // signed: it belongs in no log and no output
	Secret   string       // likewise
	Deadline roaming.Time // the service may delete it after that
	State    AttachmentState
	SHA256   string // of a fetched file, in hex
	Size     int64
	Reason   string // why it was not fetched
}

// AttachmentState is what became of a file.
type AttachmentState string

// The states.
const (
	Pending     AttachmentState = "pending"
	Fetched     AttachmentState = "fetched"
	FetchFailed AttachmentState = "failed"    // to be tried again
	FileExpired AttachmentState = "expired"   // the service no longer has it
	FileRefused AttachmentState = "refused"   // its URL is not one to request
	FileTooBig  AttachmentState = "too-large" // larger than the service keeps
)

// MissingStates are the states of files that an archive does not have.
func MissingStates() []AttachmentState {
	return []AttachmentState{Pending, FetchFailed, FileExpired, FileRefused, FileTooBig}
}
