// Package plan has the plans of deletions: files that list what a deletion would
// delete, to the last message, so that it can be reviewed, for instance in a pull
// request, and then done exactly. A plan is stable, diffable JSON with one message a
// line.
package plan

import (
	"cmp"
	"slices"

	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Format is the version of the format that this package reads and writes. A plan of
// recalls has RecallFormat, so that a version of roamctl that knows of no recalls
// refuses it.
const (
	Format       = 2
	RecallFormat = 3
)

// Plan is a deletion that was planned, without its jobs.
type Plan struct {
	Format   int          `json:"format"`
	Tool     string       `json:"tool"`
	Created  roaming.Time `json:"created"`
	Operator string       `json:"operator"` // who asked
	Machine  string       `json:"machine"`
	Profile  string       `json:"profile"`
	Host     string       `json:"host"`
	AppKey   string       `json:"app_key"`
	Reason   string       `json:"reason"`
	Ticket   string       `json:"ticket"`
	Backup   bool         `json:"backup"`   // apply makes a backup first
	Redacted bool         `json:"redacted"` // the messages' words were left out
	Digest   string       `json:"-"`        // SHA-256 over all of the above, in hex
}

// Job is what is deleted from one user's history.
type Job struct {
	Command   string           `json:"command"`
	User      string           `json:"user"`
	Recall    *deletion.Recall `json:"recall,omitempty"` // the messages are recalled for everyone
	Notify    bool             `json:"notify"`
	BatchSize int              `json:"batch_size"`
	Listed    bool             `json:"listed,omitempty"` // the targets were on the user's list, or named by the command
	Targets   []Target         `json:"targets"`
	Messages  []Message        `json:"-"` // by conversation, oldest first; written a line each
}

// Target is what is deleted from one conversation: the messages that the plan lists
// for it, by ID or, with Through, by time.
type Target struct {
	Conversation string           `json:"conversation"`
	Type         roaming.ChatType `json:"type"`
	Messages     int              `json:"messages"`
	Through      roaming.Time     `json:"through"` // the frozen boundary, included; null: by ID
	Drop         bool             `json:"drop"`    // the conversation leaves the user's list
}

// Message is a message to delete.
type Message struct {
	Conversation string            `json:"conversation"`
	Type         roaming.ChatType  `json:"type"`
	ID           roaming.MessageID `json:"id"`
	Time         roaming.Time      `json:"time"`
	From         string            `json:"from"`
	Kind         roaming.Kind      `json:"kind"`
	Words        string            `json:"words,omitempty"` // the first ones
}

// NewJob returns a job as it was frozen.
func NewJob(job deletion.Job, frozen []deletion.Frozen, messages []Message) Job {
	j := Job{Command: job.Command, User: job.User, Recall: job.Recall, Notify: job.Notify, BatchSize: job.BatchSize, Listed: job.FromList(), Targets: []Target{}, Messages: messages}
	for _, f := range frozen {
		t := Target{Conversation: f.Conversation, Type: f.Type, Messages: len(f.Visible), Drop: f.Drop}
		if len(f.IDs) == 0 && job.Recall == nil { // a recall is by ID
			t.Through = f.Through
		}
		j.Targets = append(j.Targets, t)
	}
	slices.SortStableFunc(j.Messages, func(a, b Message) int {
		return cmp.Or(cmp.Compare(a.Conversation, b.Conversation), cmp.Compare(a.Type, b.Type),
			a.Time.Compare(b.Time.Time), cmp.Compare(a.ID, b.ID))
	})
	return j
}

// Deletion returns the job to do, and what it must find: exactly what the plan names.
func (j Job) Deletion() (deletion.Job, []deletion.Frozen) {
	job := deletion.Job{Command: j.Command, User: j.User, Recall: j.Recall, Notify: j.Notify, BatchSize: j.BatchSize, Listed: j.Listed, Targets: []deletion.Target{}}
	expected := []deletion.Frozen{}
	for _, t := range j.Targets {
		target := deletion.Target{
			Ref:     roaming.Ref{User: j.User, Conversation: t.Conversation, Type: t.Type},
			Through: t.Through, Drop: t.Drop,
		}
		ids, late := j.ids(t)
		target.IDs = late
		job.Targets = append(job.Targets, target)
		expected = append(expected, deletion.Frozen{Target: target, Visible: ids})
	}
	return job, expected
}

// ids returns the messages of a target, and those that are later than its time: all
// where it has none.
func (j Job) ids(t Target) (all, late []roaming.MessageID) {
	all = []roaming.MessageID{}
	for _, m := range j.Messages {
		if m.Conversation != t.Conversation || m.Type != t.Type {
			continue
		}
		all = append(all, m.ID)
		if m.Time.IsZero() || m.Time.After(t.Through.Time) {
			late = append(late, m.ID)
		}
	}
	return all, late
}
