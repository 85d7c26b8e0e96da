package deleting

import (
	"strings"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/render"
)

// TellLists says which conversations have left the list, as far as that was
// looked at.
func TellLists(a *app.App, user string, v *deletion.Verification) {
	if v == nil || len(v.Conversations) == 0 {
		return
	}
	if gone := len(v.Listed(deletion.OffList)); gone > 0 {
		a.Note("off the list of %s: %s", user, render.Count(gone, "conversation"))
	}
	if ids := v.Listed(deletion.StillListed); len(ids) > 0 {
		a.Warn("still on the list of %s: %s", user, few(ids))
	}
	if ids := v.Listed(deletion.ListUnknown); len(ids) > 0 {
		a.Warn("unknown whether off the list of %s: %s; look with conversations list --include-empty", user, few(ids))
	}
	for _, c := range v.Conversations {
		if c.Arrived {
			a.Warn("a message arrived in %s meanwhile and was not deleted: roamctl messages fetch --user %s --conversation %s --type %s", c.Conversation, user, c.Conversation, c.Type)
		}
	}
}

// few are the first of many IDs.
func few(ids []string) string {
	if len(ids) > maxNamed {
		return strings.Join(ids[:maxNamed], ", ") + ", ..."
	}
	return strings.Join(ids, ", ")
}
