package runs

import (
	"fmt"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/cmd/shared/deleting"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/run"
)

// maxFailures is how many failed calls are listed.
const maxFailures = 5

// lines are the report for people; at formats a time.
func (j jobReport) lines(at func(time.Time) string) []string {
	about := j.Command
	if j.Conversation != "" {
		about = fmt.Sprintf("%s, conversation %s (%s),", j.Command, j.Conversation, j.Type)
	}
	out := []string{
		fmt.Sprintf("Run %s: %s", j.ID, j.State),
		fmt.Sprintf("  %s on the history of %s, by %s", about, j.User, j.Operator),
		fmt.Sprintf("  profile %s, App Key %s", j.Profile, j.AppKey),
		fmt.Sprintf("  started %s, last event %s", at(j.Started.Time), at(j.Updated.Time)),
		"What happened:",
		"  " + j.backupLine(),
		"  " + j.callsLine(),
	}
	for i, f := range j.Failures {
		if i == maxFailures {
			out = append(out, fmt.Sprintf("    and %d more", len(j.Failures)-i))
			break
		}
		out = append(out, fmt.Sprintf("    call %d: %s", f.Call, f.Error))
	}
	if j.Verified != nil {
		out = append(out, "  "+j.verifiedLine())
	}
	if j.Error != "" {
		out = append(out, "  it ended with an error: "+j.Error)
	}
	if text := deleting.Uncovered(j.Command, j.Coverage); text != "" {
		out = append(out, "  "+text)
	}
	return append(out, "What is left:", "  "+j.Next)
}

func (j jobReport) backupLine() string {
	switch {
	case j.Backup != nil:
		var text strings.Builder
		fmt.Fprintf(&text, "%s backed up and read back: %s (digest %s)", render.Count(j.Backup.Messages, "message"), j.Backup.Path, j.Backup.Digest)
		if j.Backup.Attachments != nil {
			text.WriteString("; attachments: " + j.Backup.Attachments.String())
		}
		for _, other := range j.PeerBackups {
			fmt.Fprintf(&text, "; %s of %s's view: %s", render.Count(other.Messages, "message"), other.User, other.Path)
		}
		return text.String()
	case j.decided:
		return "no backup was made"
	default:
		return "there is no backup yet"
	}
}

func (j jobReport) callsLine() string {
	c := j.Calls
	if c.Total == 0 {
		return "nothing was sent, so nothing was changed"
	}
	parts := []string{fmt.Sprintf("%d accepted", c.Accepted)}
	for _, p := range []struct {
		n    int
		what string
	}{
		{c.Failed, "failed"},
		{c.Unanswered, "sent, and the answer never came"},
		{c.NotSent, "not sent"},
		{c.Kept, "not needed: a message arrived meanwhile, and the conversation stays on the list with it"},
	} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return fmt.Sprintf("of %s: %s", render.Count(c.Total, "call"), strings.Join(parts, "; "))
}

func (j jobReport) verifiedLine() string {
	v := j.Verified
	past := "deleted"
	if v.Recall {
		past = "gone"
	}
	text := fmt.Sprintf("verified: %d %s, %d still visible, %d unknown", v.Deleted, past, len(v.StillVisible), len(v.Unknown))
	if v.Peer != "" {
		text += "; the other side: " + string(v.Peer)
	}
	if len(v.Conversations) > 0 {
		text += fmt.Sprintf("; on the list: %d deleted, %d still listed, %d unknown",
			len(v.Listed(deletion.OffList)), len(v.Listed(deletion.StillListed)), len(v.Listed(deletion.ListUnknown)))
	}
	return text
}

// next says what is left and what resume would do.
func (j jobReport) next() string {
	left := j.Calls.Total - j.Calls.Accepted - j.Calls.Kept
	resume := fmt.Sprintf("roamctl runs resume %s", j.ID)
	switch j.State {
	case run.Running:
		return "still running: wait for it"
	case run.Done:
		return "nothing"
	case run.Refused:
		return "nothing: it was refused, and nothing was sent"
	case run.Interrupted:
		switch {
		case !j.decided:
			return resume + " makes the backup, if one was asked for, and begins"
		case left == 0:
			return resume + " sends nothing more: it checks that the messages are gone"
		}
	case run.Failed, run.PartlyDone:
		if left == 0 {
			return "nothing to send; what is still visible may need another look later"
		}
	default:
		return "what follows the damage is not known"
	}
	return fmt.Sprintf("%s sends %s (to send one again does no harm) and checks that the messages are gone", resume, render.Count(left, "call"))
}
