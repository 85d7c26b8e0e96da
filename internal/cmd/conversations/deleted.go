package conversations

import (
	"slices"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/deleting"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// deleted is the outcome for one conversation of a user.
type deleted struct {
	roaming.Ref

	WithMessages bool            `json:"with_messages"`
	Status       deletion.Status `json:"status"`
	// List says whether the conversation left the list; "" if that was not checked.
	List         deletion.ListState     `json:"list_state"`
	Messages     int                    `json:"messages"` // deleted with it, as far as counted
	RunID        string                 `json:"run_id"`
	Backup       string                 `json:"backup"`
	Verification *deletion.Verification `json:"verification"` // of the whole run; null without one
	Error        string                 `json:"error,omitempty"`
	Requests     []app.Request          `json:"requests,omitempty"`
}

// newDeleted returns an outcome for each conversation of a run.
func newDeleted(r deleting.Result, withMessages bool) []deleted {
	var all []deleted
	request := 0
	for _, ref := range refsOf(r) {
		d := deleted{
			Ref: ref, WithMessages: withMessages, Status: deletion.NotSent,
			RunID: r.Report.RunID, Verification: r.Report.Verification,
		}
		if r.Report.Backup != nil {
			d.Backup = r.Report.Backup.Path
		}
		if v := r.Report.Verification; v != nil {
			for _, c := range v.Conversations {
				if c.Conversation == ref.Conversation && c.Type == ref.Type {
					d.List = c.State
				}
			}
		}
		if r.Err != nil {
			d.Error = r.Err.Error()
		}
		for _, b := range r.Report.Batches {
			if b.Conversation != ref.Conversation || b.Type != ref.Type {
				continue
			}
			d.take(b)
			if request < len(r.Requests) {
				d.Requests = append(d.Requests, r.Requests[request])
				request++
			}
		}
		all = append(all, d)
	}
	return all
}

// refsOf returns the conversations of a run: the named ones and, with
// --all-conversations, those it sent requests for.
func refsOf(r deleting.Result) (refs []roaming.Ref) {
	for _, t := range r.Job.Targets {
		refs = append(refs, t.Ref)
	}
	if r.Job.Each == nil {
		return refs
	}
	for _, b := range r.Report.Batches {
		ref := roaming.Ref{User: r.Job.User, Conversation: b.Conversation, Type: b.Type}
		if !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
	}
	return refs
}

// take adds a request of the conversation. A failed one decides the status.
func (d *deleted) take(b deletion.Batch) {
	if b.Error != "" {
		d.Error = b.Error
	}
	if d.Status != deletion.Failed {
		d.Status = b.Status
	}
	d.Messages += b.Messages
}

func deletedView() render.View[deleted] {
	return render.View[deleted]{Columns: render.Fields[deleted]("user,drop=1", "conversation", "type", "with_messages,drop=2", "status",
		"list_state", "messages", "run_id,hidden", "backup,hidden", "error,flex")}
}
