package deleting

import (
	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/render"
)

// tellEvery is how many messages go into a backup between two notes.
const tellEvery = 10_000

// teller tells a run's progress on the error stream.
type teller struct {
	app *app.App
}

func newTeller(a *app.App) teller { return teller{a} }

func (t teller) hear(p deletion.Progress) {
	switch {
	case p.Outcome != nil:
		t.outcome(*p.Outcome, p.Of)
	case p.Backup != nil:
		t.app.Note("backed up %s to %s", render.Count(p.Backup.Messages, "message"), p.Backup.Path)
		tellAttachments(t.app, p.Backup.Attachments)
	case p.BackingUp > 0 && p.BackingUp%tellEvery == 0:
		t.app.Note("%d messages are backed up so far", p.BackingUp)
	}
}

// tellAttachments says how many attachments are in the backup, and how many are not.
func tellAttachments(a *app.App, c *backup.AttachmentCounts) {
	switch {
	case c == nil:
	case c.Failed == 0:
		a.Note("saved %s", render.Count(c.Saved, "attachment"))
	default:
		a.Warn("attachments: %s; attachments.ndjson in the backup has the reasons", c)
	}
}

func (t teller) outcome(o deletion.Outcome, of int) {
	what := describe(o.Call)
	switch {
	case o.Before:
	case o.Status == deletion.Kept:
		t.app.Warn("call %d of %d: %s: not sent: a message arrived meanwhile, and the conversation stays on the list with it", o.Number, of, what)
	case o.Status == deletion.NotSent:
		t.app.Warn("call %d of %d: %s: not sent", o.Number, of, what)
	case o.Err != nil:
		t.app.Warn("call %d of %d: %s: failed: %v", o.Number, of, what, o.Err)
	default:
		t.app.Note("call %d of %d: %s: deleted", o.Number, of, what)
	}
}

// describe is a call in words.
func describe(c deletion.Call) string {
	switch c.Op {
	case deletion.OpIDs:
		return render.Count(len(c.IDs), "message")
	case deletion.OpThrough:
		return "messages of " + c.Ref.Conversation + " up to " + c.Through.String()
	case deletion.OpConversation:
		return "conversation " + c.Ref.Conversation + " of " + c.Ref.User
	case deletion.OpEverything:
		return "everything of " + c.Ref.User
	default:
		return string(c.Op)
	}
}
