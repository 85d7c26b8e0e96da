package deletion

import (
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Replay is how far a run got, by its journal. The zero value is a new run. One
// that has not decided on its calls has deleted nothing.
type Replay struct {
	Backup   *BackupRef
	Frozen   []Frozen
	Unread   []Frozen // what was named and never read
	Calls    []Call   // nil until they were decided on
	Answered map[int]bool
	Doubt    map[int]bool // sent, and nobody knows whether it was carried out
	Peers    map[roaming.Ref][]roaming.MessageID
	State    State // "" while it is not finished
}

// Event is one line of a run's journal.
type Event struct {
	Kind string
	Data json.RawMessage
}

// ReplayEvents reads the journal of a job from its beginning. One that goes
// beyond the job is a fault.Safety.
func ReplayEvents(job Job, events iter.Seq2[Event, error]) (Replay, error) {
	r := Replay{Answered: map[int]bool{}, Doubt: map[int]bool{}}
	for e, err := range events {
		if err != nil {
			return r, err
		}
		if err := r.take(e); err != nil {
			return r, fault.Wrap(fault.Bug, err, "reading a run's %s event", e.Kind)
		}
	}
	err := r.within(job)
	return r, err
}

func (r *Replay) take(e Event) error {
	switch e.Kind {
	case eventBackup:
		return json.Unmarshal(e.Data, &r.Backup)
	case eventCalls:
		var c callsEvent
		if err := json.Unmarshal(e.Data, &c); err != nil {
			return err
		}
		r.Calls, r.Frozen, r.Unread = c.Calls, c.Frozen, c.Unread
		r.Peers = map[roaming.Ref][]roaming.MessageID{}
		for _, p := range c.Peers {
			r.Peers[p.Ref] = p.IDs
		}
	case eventSent:
		var s sentEvent
		if err := json.Unmarshal(e.Data, &s); err != nil {
			return err
		}
		r.Doubt[s.Number] = true
	case eventAnswered:
		var a answeredEvent
		if err := json.Unmarshal(e.Data, &a); err != nil {
			return err
		}
		r.Answered[a.Number] = a.Status == Accepted
		r.Doubt[a.Number] = a.Status == Failed && !a.NotDone
	case eventFinished:
		var f finishedEvent
		if err := json.Unmarshal(e.Data, &f); err != nil {
			return err
		}
		r.State = f.State
	}
	return nil
}

// inDoubt tells whether a call that was sent may have been carried out.
func (r *Replay) inDoubt() bool {
	for _, doubt := range r.Doubt {
		if doubt {
			return true
		}
	}
	return false
}

// Left is how many calls are still to be sent.
func (r *Replay) Left() int {
	n := 0
	for _, c := range r.Calls {
		if !r.Answered[c.Number] {
			n++
		}
	}
	return n
}

func (r *Replay) event() callsEvent {
	e := callsEvent{Calls: r.Calls, Frozen: r.Frozen, Unread: r.Unread}
	byName := func(a, b roaming.Ref) int { return strings.Compare(a.String(), b.String()) }
	for _, ref := range slices.SortedFunc(maps.Keys(r.Peers), byName) {
		e.Peers = append(e.Peers, peerView{Ref: ref, IDs: r.Peers[ref]})
	}
	return e
}
