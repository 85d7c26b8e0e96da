package deletion

import (
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

// The kinds of a journal's events, in the order in which a run has them.
const (
	eventBackup   = "backup"   // the backup is on disk and was read back
	eventCalls    = "calls"    // what will be sent, to the last ID
	eventSent     = "sent"     // a call is about to go out
	eventAnswered = "answered" // it came back
	eventVerified = "verified"
	eventFinished = "finished" // how a process ended it, unless it was interrupted
)

type callsEvent struct {
	Calls  []Call     `json:"calls"`
	Frozen []Frozen   `json:"frozen"`           // nothing where nothing was read
	Unread []Frozen   `json:"unread,omitempty"` // what was named and never read
	Peers  []peerView `json:"peers,omitempty"`
	// PeerBackups are the backups of what others see; of a recall.
	PeerBackups []BackupRef `json:"peer_backups,omitempty"`
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
	// Gone are the messages of a recall that the service did not find.
	Gone []roaming.MessageID `json:"gone,omitempty"`
}

type finishedEvent struct {
	State run.State `json:"state"`
	Error string    `json:"error,omitempty"`
}
