package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Outcome is the outcome of a command.
type Outcome string

// The outcomes.
const (
	Planned     Outcome = "planned" // a plan was written
	Started     Outcome = "started" // a run begins; the entry of its end follows, unless it is killed
	Refused     Outcome = "refused" // for safety, before anything was sent
	DryRun      Outcome = "dry_run"
	Done        Outcome = "done"
	PartlyDone  Outcome = "partly_done"
	Failed      Outcome = "failed"
	Interrupted Outcome = "interrupted"
)

// Outcomes returns all outcomes in the order to show them.
func Outcomes() []Outcome {
	return []Outcome{Planned, Started, Refused, DryRun, Done, PartlyDone, Failed, Interrupted}
}

// OutcomeOf is the outcome of work that ended with an error or nil.
func OutcomeOf(err error) Outcome {
	switch fault.KindOf(err) {
	case "":
		return Done
	case fault.Partial:
		return PartlyDone
	case fault.Interrupted:
		return Interrupted
	default:
		return Failed
	}
}

// Counts are numbers of messages, except Conversations and attachments.
type Counts struct {
	Conversations int `json:"conversations,omitempty"`
	Planned       int `json:"planned"`
	Deleted       int `json:"deleted"`
	Failed        int `json:"failed"`
	NotVisible    int `json:"not_visible"`
	StillVisible  int `json:"still_visible"`
	Unknown       int `json:"unknown"`
	AlreadyGone   int `json:"already_gone,omitempty"` // that a recall did not find
	Restored      int `json:"restored,omitempty"`
	Skipped       int `json:"skipped,omitempty"`
	// Attachments of the backup. Failed ones are missing and not expired.
	AttachmentsSaved   int `json:"attachments_saved,omitempty"`
	AttachmentsExpired int `json:"attachments_expired,omitempty"`
	AttachmentsFailed  int `json:"attachments_failed,omitempty"`
}

// Entry is one line of the log. Append sets Seq, Time, Prev and Hash.
type Entry struct {
	Seq          int64            `json:"seq"` // from 1
	Time         roaming.Time     `json:"time"`
	Operator     string           `json:"operator"` // user of the operating system
	Host         string           `json:"host"`
	Profile      string           `json:"profile"`
	AppKey       string           `json:"app_key"`
	Command      string           `json:"command"` // such as "messages delete"
	User         string           `json:"user"`
	Conversation string           `json:"conversation"`
	Type         roaming.ChatType `json:"type"`
	Counts       Counts           `json:"counts"`
	Reason       string           `json:"reason"`
	Ticket       string           `json:"ticket"`
	RunID        string           `json:"run_id"`
	NoBackup     bool             `json:"no_backup"` // the user asked for none
	BackupDigest string           `json:"backup_digest"`
	Coverage     string           `json:"coverage,omitempty"` // of a deletion: named, listed (conversations on no list stay) or everything
	Outcome      Outcome          `json:"outcome"`
	Prev         string           `json:"prev"` // "" in the first line
	Hash         string           `json:"hash,omitempty"`
}

// The hash is cut from the line's end as text, so that it covers every byte,
// whatever version of roamctl wrote the fields.
const (
	hashStart = `,"hash":"`
	hashEnd   = `"}`
	hashSize  = len(hashStart) + 2*sha256.Size + len(hashEnd)
)

// encode sets the entry's hash and returns its line.
func encode(e *Entry) ([]byte, error) {
	e.Hash = ""
	b, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	open := b[:len(b)-1]
	e.Hash = hashOf(open)
	return fmt.Appendf(open, "%s%s%s\n", hashStart, e.Hash, hashEnd), nil
}

// decode parses a line without its line feed, and checks its hash.
func decode(line []byte) (Entry, error) {
	cut := len(line) - hashSize
	if cut < 1 {
		return Entry{}, errors.New("it is not an entry")
	}
	open := line[:cut]
	if !bytes.Equal(line[cut:], []byte(hashStart+hashOf(open)+hashEnd)) {
		return Entry{}, errors.New("it was changed: its hash does not match")
	}
	var e Entry
	if err := json.Unmarshal(line, &e); err != nil {
		return Entry{}, err
	}
	return e, nil
}

// hashOf returns the hash of an entry, given its JSON up to the hash and without
// the final brace.
func hashOf(open []byte) string {
	h := sha256.New()
	h.Write(open)
	h.Write([]byte{'}'})
	return hex.EncodeToString(h.Sum(nil))
}
