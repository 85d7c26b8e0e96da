package deletion

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

// Replay is how far a job got, by its journal. The zero value is a new job. One
// that has not decided on its calls has deleted nothing.
type Replay struct {
	Backup       *BackupRef
	Frozen       []Frozen
	Unread       []Frozen          // what was named and never read
	Calls        []Call            // nil until they were decided on
	Progress     map[int]CallState // by the calls' numbers; nil for a new job
	Peers        map[roaming.Ref][]roaming.MessageID
	PeerBackups  []BackupRef // of what others see; of a recall
	Verification *Verification
	State        run.State // "" unless the latest process has finished
	Error        string    // of the latest process
}

// CallState is how far a call got.
type CallState struct {
	Status  Status // "" when it was sent and has no answer
	Error   string
	NotDone bool                // it failed, and certainly took nothing
	Gone    []roaming.MessageID // of a recall: what the service did not find
}

// inDoubt reports whether the call may have been carried out, though it was not
// accepted.
func (c CallState) inDoubt() bool { return c.Status == "" || c.Status == Failed && !c.NotDone }

// BackupRef is a job's backup.
type BackupRef struct {
	User     string `json:"user,omitempty"` // whose view it is; "" for the job's user
	Path     string `json:"path"`
	Digest   string `json:"digest"`
	Messages int    `json:"messages"`
	// Attachments is nil when they were not asked for.
	Attachments *backup.AttachmentCounts `json:"attachments,omitempty"`
}

// Resume reads the journal of a job that is to be resumed. A journal that goes
// beyond the job is a fault.Safety.
func Resume(job Job, events iter.Seq2[run.Event, error]) (Replay, error) {
	r, err := ReadJournal(events)
	if err == nil {
		err = r.checkJob(job)
	}
	return r, err
}

// ReadJournal reads the journal of a job. With an error it returns what stands
// before the damaged event.
func ReadJournal(events iter.Seq2[run.Event, error]) (Replay, error) {
	r := Replay{Progress: map[int]CallState{}}
	for e, err := range events {
		if err == nil {
			err = r.add(e)
		}
		if err != nil {
			return r, err
		}
	}
	return r, nil
}

// add adds an event. Kinds that are unknown here are skipped.
func (r *Replay) add(e run.Event) error {
	r.State, r.Error = "", ""
	switch e.Kind {
	case eventBackup:
		r.Backup = nil
		return e.Into(&r.Backup)
	case eventCalls:
		var c callsEvent
		if err := e.Into(&c); err != nil {
			return err
		}
		r.Calls, r.Frozen, r.Unread, r.PeerBackups = c.Calls, c.Frozen, c.Unread, c.PeerBackups
		r.Peers = map[roaming.Ref][]roaming.MessageID{}
		for _, p := range c.Peers {
			r.Peers[p.Ref] = p.IDs
		}
	case eventSent:
		var s sentEvent
		if err := e.Into(&s); err != nil {
			return err
		}
		r.Progress[s.Number] = CallState{}
	case eventAnswered:
		var a answeredEvent
		if err := e.Into(&a); err != nil {
			return err
		}
		r.Progress[a.Number] = CallState{Status: a.Status, Error: a.Error, NotDone: a.NotDone, Gone: a.Gone}
	case eventVerified:
		r.Verification = nil
		return e.Into(&r.Verification)
	case eventFinished:
		var f finishedEvent
		if err := e.Into(&f); err != nil {
			return err
		}
		r.State, r.Error = f.State, f.Error
	}
	return nil
}

// Accepted reports whether a call was accepted.
func (r *Replay) Accepted(number int) bool { return r.Progress[number].Status == Accepted }

// inDoubt reports whether a call that was sent and not accepted may have been
// carried out.
func (r *Replay) inDoubt() bool {
	for _, c := range r.Progress {
		if c.inDoubt() {
			return true
		}
	}
	return false
}

// Left is how many calls are still to be sent.
func (r *Replay) Left() int {
	n := 0
	for _, c := range r.Calls {
		if !r.Accepted(c.Number) {
			n++
		}
	}
	return n
}

// event is the event of what a job has decided on.
func (r *Replay) event() callsEvent {
	e := callsEvent{Calls: r.Calls, Frozen: r.Frozen, Unread: r.Unread, PeerBackups: r.PeerBackups}
	byName := func(a, b roaming.Ref) int { return strings.Compare(a.String(), b.String()) }
	for _, ref := range slices.SortedFunc(maps.Keys(r.Peers), byName) {
		e.Peers = append(e.Peers, peerView{Ref: ref, IDs: r.Peers[ref]})
	}
	return e
}
