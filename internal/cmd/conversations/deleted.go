package conversations

import (
	"strconv"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// deleted is what became of one owner's conversation.
type deleted struct {
	roaming.Ref

	WithMessages bool            `json:"with_messages"`
	Status       deletion.Status `json:"status"`
	Error        string          `json:"error,omitempty"`
	Request      *app.Request    `json:"request,omitempty"`
}

func newDeleted(o deletion.Outcome, withMessages bool) deleted {
	d := deleted{Ref: o.Ref, WithMessages: withMessages, Status: o.Status}
	if o.Err != nil {
		d.Error = o.Err.Error()
	}
	return d
}

func deletedView() render.View[deleted] {
	text := func(name string, cell func(deleted) string) render.Column[deleted] {
		return render.Column[deleted]{Name: name, Default: true, Cell: func(d deleted, _ render.Env) string { return cell(d) }}
	}
	return render.View[deleted]{Columns: []render.Column[deleted]{
		text("owner", func(d deleted) string { return d.Owner }),
		text("conversation", func(d deleted) string { return d.Conversation }),
		text("type", func(d deleted) string { return string(d.Type) }),
		text("with_messages", func(d deleted) string { return strconv.FormatBool(d.WithMessages) }),
		text("status", func(d deleted) string { return string(d.Status) }),
		text("detail", func(d deleted) string {
			if d.Request != nil {
				return d.Request.String()
			}
			return d.Error
		}),
	}}
}
