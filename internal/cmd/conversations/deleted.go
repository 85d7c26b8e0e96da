package conversations

import (
	"slices"
	"strconv"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/deleting"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// deleted is what became of one user's conversation.
type deleted struct {
	roaming.Ref

	WithMessages bool            `json:"with_messages"`
	Status       deletion.Status `json:"status"`
	// List is whether the conversation left the list; "" where nobody looked.
	List         deletion.ListState     `json:"list_state"`
	Messages     int                    `json:"messages"` // that went with it, as far as they were counted
	RunID        string                 `json:"run_id"`
	Backup       string                 `json:"backup"`
	Verification *deletion.Verification `json:"verification"` // of the whole run; null when there was none
	Error        string                 `json:"error,omitempty"`
	Requests     []app.Request          `json:"requests,omitempty"`
}

// newDeleted is one line for each conversation of a run.
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

// refsOf are the conversations that a run was about: those that were named, or
// those that it had calls for.
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

// take counts a call of the conversation; a failed one outweighs the others.
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
	hidden := func(name string, cell func(deleted) string) render.Column[deleted] {
		return render.Column[deleted]{Name: name, Cell: func(d deleted, _ render.Env) string { return cell(d) }}
	}
	return render.View[deleted]{Columns: []render.Column[deleted]{
		render.Text("user", func(d deleted) string { return d.User }).WithSpare(1),
		render.Text("conversation", func(d deleted) string { return d.Conversation }),
		render.Text("type", func(d deleted) string { return string(d.Type) }),
		render.Text("with_messages", func(d deleted) string { return strconv.FormatBool(d.WithMessages) }).WithSpare(2),
		render.Text("status", func(d deleted) string { return string(d.Status) }),
		render.Text("list_state", func(d deleted) string { return string(d.List) }),
		render.Text("messages", func(d deleted) string { return strconv.Itoa(d.Messages) }),
		hidden("run_id", func(d deleted) string { return d.RunID }),
		hidden("backup", func(d deleted) string { return d.Backup }),
		{Name: "error", Default: true, Flex: true, Cell: func(d deleted, _ render.Env) string { return d.Error }},
	}}
}
