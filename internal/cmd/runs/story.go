package runs

import (
	"encoding/json"
	"iter"

	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/runs"
)

// story is what a run's journal tells.
type story struct {
	runs.Info

	Intent json.RawMessage `json:"intent"`
	// Coverage is how much of the user's history the run reaches.
	Coverage deletion.Coverage `json:"coverage,omitempty"`
	Backup   *backup           `json:"backup"` // null when there is none
	Calls    calls             `json:"calls"`
	Failures []failure         `json:"failures"` // each call's latest, where that is one
	Verified json.RawMessage   `json:"verified"` // null before it was looked at
	Error    string            `json:"error,omitempty"`
	Next     string            `json:"next"` // what is left, in words

	planned bool // the calls were decided on
	outcome deletion.Verification
}

type backup struct {
	Path     string `json:"path"`
	Digest   string `json:"digest"`
	Messages int    `json:"messages"`

	Attachments *attachments `json:"attachments,omitempty"` // null when they were not asked for
}

// attachments counts those of a backup: Expired ones are among Failed.
type attachments struct {
	Saved   int `json:"saved"`
	Failed  int `json:"failed"`
	Expired int `json:"expired"`
}

// calls counts the requests of a run: accepted, failed, sent without an
// answer, not sent, and kept make the total.
type calls struct {
	Total      int `json:"total"`
	Accepted   int `json:"accepted"`
	Failed     int `json:"failed"`
	Unanswered int `json:"unanswered"`
	NotSent    int `json:"not_sent"`
	Kept       int `json:"kept,omitempty"` // conversations that stay on the list with a message that arrived
}

type failure struct {
	Call  int    `json:"call"`
	Error string `json:"error"`
}

// call is how far a request got.
type call struct {
	sent, answered, accepted, kept bool

	err string
}

// tell reads a journal. On a damaged one it tells what stands before the
// damage, and returns the error beside it.
func tell(j *runs.Journal) (story, error) {
	info, damage := j.Info()
	s, err := tellEvents(info, j.Events())
	if damage == nil && err != nil {
		damage = fault.Wrap(fault.Safety, err, "run %s", j.ID())
	}
	s.Next = s.next()
	return s, damage
}

// tellEvents reads events up to one that is damaged.
func tellEvents(info runs.Info, events iter.Seq2[runs.Event, error]) (s story, damage error) {
	s = story{Info: info, Failures: []failure{}}
	numbers := []int{}
	state := map[int]*call{}
	at := func(n int) *call {
		if state[n] == nil {
			state[n] = &call{}
			numbers = append(numbers, n)
		}
		return state[n]
	}
	for e, err := range events {
		if err == nil {
			err = s.take(e, at)
		}
		if err != nil {
			damage = err
			break
		}
	}
	for _, n := range numbers {
		s.count(n, *state[n])
	}
	return s, damage
}

// take adds an event; those of kinds that are unknown here are passed over.
func (s *story) take(e runs.Event, at func(int) *call) error {
	switch e.Kind {
	case runs.Started:
		return s.begin(e)
	case "backup":
		return e.Into(&s.Backup)
	case "calls":
		var data struct {
			Calls []struct {
				Number int `json:"number"`
			} `json:"calls"`
		}
		err := e.Into(&data)
		for _, c := range data.Calls {
			at(c.Number)
		}
		s.planned = true
		return err
	case "sent", "answered":
		return takeCall(e, at)
	case "verified":
		s.Verified = e.Data
		return e.Into(&s.outcome)
	case runs.Finished:
		var f runs.Finish
		err := e.Into(&f)
		s.Error = f.Error
		return err
	}
	return nil
}

// begin takes what the run was started with.
func (s *story) begin(e runs.Event) error {
	var data struct {
		Intent json.RawMessage `json:"intent"`
	}
	err := e.Into(&data)
	s.Intent = data.Intent
	var settings deletion.Settings
	if json.Unmarshal(data.Intent, &settings) == nil && settings.Job.User != "" {
		s.Coverage = settings.Coverage()
	}
	return err
}

// takeCall adds what became of a call.
func takeCall(e runs.Event, at func(int) *call) error {
	var data struct {
		Number int    `json:"number"`
		Status string `json:"status"`
		Error  string `json:"error"`
	}
	if err := e.Into(&data); err != nil {
		return err
	}
	c := at(data.Number)
	switch {
	case e.Kind == "sent":
		c.sent, c.answered = true, false
	case data.Status == "not_sent": // it was about to be
		c.kept, c.sent = false, false
	default:
		c.kept = data.Status == string(deletion.Kept)
		c.answered, c.accepted, c.err = true, data.Status == "accepted", data.Error
	}
	return nil
}

func (s *story) count(number int, c call) {
	s.Calls.Total++
	switch {
	case c.kept:
		s.Calls.Kept++
	case !c.sent:
		s.Calls.NotSent++
	case !c.answered:
		s.Calls.Unanswered++
	case c.accepted:
		s.Calls.Accepted++
	default:
		s.Calls.Failed++
		s.Failures = append(s.Failures, failure{number, c.err})
	}
}
