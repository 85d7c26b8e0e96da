package deleting

import (
	"os"
	"strings"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/render"
)

// backupNoteEvery is how many messages go into a backup between two notes.
const backupNoteEvery = 10_000

// NoteProgress prints a step of a job on the error stream.
func NoteProgress(a *app.App, p deletion.Progress) {
	switch {
	case p.Outcome != nil:
		noteCall(a, *p.Outcome, p.Of)
	case p.Backup != nil:
		whose := ""
		if p.Backup.User != "" {
			whose = " of " + p.Backup.User + "'s view"
		}
		a.Note("backed up %s%s to %s", render.Count(p.Backup.Messages, "message"), whose, p.Backup.Path)
		noteAttachments(a, p.Backup.Attachments)
	case p.BackingUp > 0 && p.BackingUp%backupNoteEvery == 0:
		a.Note("backed up %d messages so far", p.BackingUp)
	}
}

func noteAttachments(a *app.App, c *backup.AttachmentCounts) {
	switch {
	case c == nil || *c == backup.AttachmentCounts{}:
	case c.Failed == 0:
		a.Note("saved %s", render.Count(c.Saved, "attachment"))
	default:
		a.Warn("attachments: %s; attachments.ndjson in the backup has the reasons", c)
	}
}

func noteCall(a *app.App, o deletion.Outcome, of int) {
	what := describe(o.Call)
	switch {
	case o.Before:
	case o.Status == deletion.Kept:
		a.Warn("call %d of %d: %s kept on the list: a new message arrived", o.Number, of, what)
	case o.Status == deletion.NotSent:
		a.Warn("call %d of %d: %s: not sent", o.Number, of, what)
	case o.Err != nil:
		a.Warn("call %d of %d: %s: failed: %v", o.Number, of, what, o.Err)
	case o.Op == deletion.OpRecall && len(o.Gone) > 0:
		a.Note("call %d of %d: %s: %d recalled for everyone, %d already gone", o.Number, of, what, len(o.IDs)-len(o.Gone), len(o.Gone))
	case o.Op == deletion.OpRecall:
		a.Note("call %d of %d: %s: recalled for everyone", o.Number, of, what)
	default:
		a.Note("call %d of %d: %s: deleted", o.Number, of, what)
	}
}

// describe is a call in words.
func describe(c deletion.Call) string {
	switch c.Op {
	case deletion.OpIDs, deletion.OpRecall:
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

// NoteCopies names the archive that may have copies of what a command deleted on
// the service. Backups are named where they are made.
func NoteCopies(a *app.App) {
	place, err := a.ArchivePlace()
	if err != nil {
		return // no archive is named, and there is no default one
	}
	if _, err := os.Stat(place); err == nil || strings.Contains(place, "://") {
		a.Note("the archive %s is not changed and may have copies; roamctl archive erase erases them", place)
	}
}
