package deletion

import (
	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/roaming"
)

// The kinds of a journal's events, in the order in which a run has them.
const (
	eventBackup   = "backup"   // the backup is on disk and was read back
	eventCalls    = "calls"    // what will be sent, to the last ID
	eventSent     = "sent"     // a call is about to go out
	eventAnswered = "answered" // it came back
	eventVerified = "verified"
	eventFinished = "finished"
)

// BackupRef is a run's backup.
type BackupRef struct {
	Path     string `json:"path"`
	Digest   string `json:"digest"`
	Messages int    `json:"messages"`
	// Attachments is nil when they were not asked for.
	Attachments *backup.AttachmentCounts `json:"attachments,omitempty"`
}

type callsEvent struct {
	Calls  []Call     `json:"calls"`
	Frozen []Frozen   `json:"frozen"`           // nothing where nothing was read
	Unread []Frozen   `json:"unread,omitempty"` // what was named and never read
	Peers  []peerView `json:"peers,omitempty"`
}

// peerView is what somebody else could see before the deletion.
type peerView struct {
	Ref roaming.Ref         `json:"ref"`
	IDs []roaming.MessageID `json:"ids"`
}

type sentEvent struct {
	Number int `json:"number"`
}

type answeredEvent struct {
	Number  int    `json:"number"`
	Status  Status `json:"status"`
	Error   string `json:"error,omitempty"`
	NotDone bool   `json:"not_done,omitempty"` // it failed, and certainly took nothing
}

type finishedEvent struct {
	State State  `json:"state"`
	Error string `json:"error,omitempty"`
}

// State is how a run ended.
type State string

// A run did all that it was to do, some of it, nothing that is known because it
// failed, or nothing because it was refused. An interrupted one can be resumed; a
// rehearsed one is a dry run and did nothing.
const (
	Rehearsed   State = "planned"
	Done        State = "done"
	PartlyDone  State = "partly_done"
	FailedRun   State = "failed"
	Refused     State = "refused"
	Interrupted State = "interrupted"
)
