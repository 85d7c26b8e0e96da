package runs

import (
	"fmt"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/cmd/shared/deleting"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/runs"
)

// maxFailures is how many failed calls are told of one by one.
const maxFailures = 5

// lines tell the story to people; at shows a time.
func (s *story) lines(at func(time.Time) string) []string {
	out := []string{
		fmt.Sprintf("Run %s: %s", s.ID, s.State),
		fmt.Sprintf("  %s on the history of %s, by %s", s.about(), s.User, s.Operator),
		fmt.Sprintf("  profile %s, App Key %s", s.Profile, s.AppKey),
		fmt.Sprintf("  started %s, last heard of %s", at(s.Started.Time), at(s.Updated.Time)),
		"What happened:",
		"  " + s.backedUp(),
		"  " + s.called(),
	}
	for i, f := range s.Failures {
		if i == maxFailures {
			out = append(out, fmt.Sprintf("    and %d more", len(s.Failures)-i))
			break
		}
		out = append(out, fmt.Sprintf("    call %d: %s", f.Call, f.Error))
	}
	if s.Verified != nil {
		out = append(out, "  "+s.verified())
	}
	if s.Error != "" {
		out = append(out, "  it ended with an error: "+s.Error)
	}
	if text := deleting.Uncovered(s.Command, s.Coverage); text != "" {
		out = append(out, "  "+text)
	}
	return append(out, "What is left:", "  "+s.Next)
}

func (s *story) about() string {
	if s.Conversation == "" {
		return s.Command
	}
	return fmt.Sprintf("%s, conversation %s (%s),", s.Command, s.Conversation, s.Type)
}

func (s *story) backedUp() string {
	switch {
	case s.Backup != nil:
		return fmt.Sprintf("%s backed up and read back: %s (digest %s)%s",
			render.Count(s.Backup.Messages, "message"), s.Backup.Path, s.Backup.Digest, s.Backup.Attachments)
	case s.planned:
		return "no backup was made"
	default:
		return "there is no backup yet"
	}
}

// String is the counts in words, "" when there are none.
func (a *attachments) String() string {
	if a == nil {
		return ""
	}
	return fmt.Sprintf("; attachments: %d saved, %d expired, %d failed", a.Saved, a.Expired, a.Failed-a.Expired)
}

func (s *story) called() string {
	c := s.Calls
	if c.Total == 0 {
		return "nothing was sent, so nothing was deleted"
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

func (s *story) verified() string {
	v := s.outcome
	text := fmt.Sprintf("looked again: %d deleted, %d still visible, %d unknown", v.Deleted, len(v.StillVisible), len(v.Unknown))
	if v.Peer != "" {
		text += "; the other side: " + string(v.Peer)
	}
	if len(v.Conversations) > 0 {
		text += fmt.Sprintf("; on the list: %d deleted, %d still listed, %d unknown",
			len(v.Listed(deletion.OffList)), len(v.Listed(deletion.StillListed)), len(v.Listed(deletion.ListUnknown)))
	}
	return text
}

// next says what is left and what resume would do about it.
func (s *story) next() string {
	left := s.Calls.Total - s.Calls.Accepted - s.Calls.Kept
	resume := fmt.Sprintf("roamctl runs resume %s", s.ID)
	switch s.State {
	case runs.Running:
		return "a process is carrying it out: let it end"
	case runs.Done:
		return "nothing"
	case runs.Refused:
		return "nothing: it was refused, and nothing was sent"
	case runs.Interrupted:
		switch {
		case !s.planned:
			return resume + " makes the backup, if one was asked for, and begins to delete"
		case left == 0:
			return resume + " sends nothing more: it checks that the messages are gone"
		}
	case runs.Failed, runs.PartlyDone:
		if left == 0 {
			return "nothing to send; what is still visible may need another look later"
		}
	default:
		return "what stands after the damage is not known"
	}
	return fmt.Sprintf("%s sends %s (to send one again does no harm) and checks that the messages are gone", resume, render.Count(left, "call"))
}
