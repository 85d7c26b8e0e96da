package deleting

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/restore"
)

// senders counts the messages of a recall by who sent them: it takes those of others
// too. It is "" for a deletion.
func senders(from []string) string {
	counts := map[string]int{}
	for _, user := range from {
		counts[user]++
	}
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
	var parts []string
	for i, user := range names {
		if i == maxNamed {
			parts = append(parts, render.Count(len(names)-i, "other sender"))
			break
		}
		parts = append(parts, fmt.Sprintf("%d by %s", counts[user], user))
	}
	if len(parts) == 0 {
		return ""
	}
	return "; sent: " + strings.Join(parts, ", ")
}

// recallRestoreNote says what restore will be able to do about recalled messages;
// counted is nil for messages that were not read.
func recallRestoreNote(noBackup bool, counted *restore.Estimate) string {
	if noBackup {
		return "No backup is made: there is no way back."
	}
	const made = "Backups of this view and of the other side's are made first. "
	what := "the messages"
	switch {
	case counted == nil:
	case counted.Messages == 0:
		return strings.TrimSpace(made)
	case counted.Importable == 0:
		return made + "roamctl restore can import none of the messages again: they can only be read there."
	default:
		what = fmt.Sprintf("%d of %s", counted.Importable, render.Count(counted.Messages, "message"))
	}
	return made + "roamctl restore can import " + what + " again, for everyone and with new IDs; attachments stay in the backup."
}

// noteRecalled says what a recall did, and what its verification found.
func (r Report) noteRecalled(a *app.App) {
	whose := "in " + r.User + "'s view"
	if r.AcceptedCallsBefore > 0 {
		whose += fmt.Sprintf(", and %d before the run was interrupted", r.AcceptedBefore)
	}
	a.Note("recalled %s for everyone, %s%s", render.Count(r.Accepted, "message"), whose, r.recallVerified())
	noteUncovered(a, r.Command, r.Coverage)
	if r.Backup != nil {
		a.Note("run %s: roamctl restore %s previews the restore", r.RunID, r.RunID)
	}
}

func (r Report) recallVerified() string {
	if r.Verification == nil {
		return ""
	}
	switch r.Verification.Peer {
	case deletion.PeerGone:
		return "; verified: neither this user nor the other side sees them any more"
	case deletion.PeerNobody:
		return "; verified: this user does not see them any more (there is no other view to look at)"
	default:
		return "; verified: this user does not see them any more"
	}
}

// warnGone names messages of a recall that the service did not find.
func (r Report) warnGone(a *app.App) {
	if len(r.AlreadyGone) == 0 {
		return
	}
	ids := make([]string, len(r.AlreadyGone))
	for i, id := range r.AlreadyGone {
		ids[i] = id.String()
	}
	a.Warn("%s already gone when the service looked, recalled or expired, and not counted as recalled: %s",
		render.CountOf(len(ids), "message was", "messages were"), few(ids))
}
