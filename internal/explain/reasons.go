package explain

import (
	"fmt"
	"strings"

	"github.com/roamctl/roamctl/internal/roaming"
)

// Certainty is how a reason is known.
type Certainty string

// The certainties.
const (
	Seen     Certainty = "seen"     // the service, the audit log or the archive has it
	Inferred Certainty = "inferred" // it follows from what was seen and from docs/contract.md
	Unknown  Certainty = "unknown"  // nothing that roamctl can read tells
)

// Reason is why a user sees what they see.
type Reason struct {
	Certainty Certainty `json:"certainty"`
	Reason    string    `json:"reason"`
	More      string    `json:"more"` // a command that shows more; "" for none
}

// listCaps are the sizes of a full list, by plan (docs/contract.md, section 2).
func listCaps() []int { return []int{100, 500} }

// collector collects the reasons for the facts.
type collector struct {
	*Facts

	found []Reason
}

func reasons(f *Facts) []Reason {
	c := &collector{Facts: f, found: []Reason{}}
	c.refusals()
	c.membership()
	c.deletions()
	for i := range c.Views {
		c.list(&c.Views[i])
	}
	c.differences()
	c.archive()
	c.retention()
	return c.found
}

func (c *collector) add(certainty Certainty, more, format string, args ...any) {
	c.found = append(c.found, Reason{Certainty: certainty, Reason: fmt.Sprintf(format, args...), More: more})
}

// command is a command about a user's conversation.
func (c *collector) command(verb, user, rest string) string {
	text := "roamctl " + verb + " -u " + Word(user) + " -c " + Word(c.ref(user).Conversation)
	if c.Type != roaming.Chat {
		text += " --type " + string(c.Type)
	}
	return strings.TrimSpace(text + " " + rest)
}

func (c *collector) refusals() {
	for _, v := range c.Views {
		if v.ListError != "" && v.Error == "" {
			c.add(Seen, "roamctl doctor --user "+Word(v.User), "the list of %s could not be read: %s", v.User, v.ListError)
		}
		if v.Error != "" {
			text := v.Error
			if v.Hint != "" {
				text += " (" + v.Hint + ")"
			}
			c.add(Seen, "roamctl doctor --user "+Word(v.User), "what %s sees could not be read: %s", v.User, text)
		}
	}
}

func (c *collector) membership() {
	g := c.Group
	switch {
	case g == nil:
	case g.Member == nil:
		c.add(Unknown, "", "whether %s is a member of group %s: %s", c.User, c.Conversation, g.Error)
	case !*g.Member:
		c.add(Seen, "", "%s is not a member of group %s, which has %s", c.User, c.Conversation, count(g.Members, "member"))
	default:
		c.add(Unknown, "", "when %s joined group %s: as the app is set, members see nothing from before they joined last", c.User, c.Conversation)
	}
}

// deleteConversation is the command that takes conversations off a list.
const deleteConversation = "conversations delete"

func (c *collector) deletions() {
	for _, d := range c.Deletions {
		what := c.ref(d.User).String()
		if d.Conversation == "" {
			what = "conversations of " + d.User
		}
		switch {
		case d.Messages > 0:
			what = fmt.Sprintf("%s from %s", count(d.Messages, "message"), what)
		case d.Command == deleteConversation:
			what += " off the list"
		default:
			what = "messages from " + what // without reading them, or none
		}
		if strings.Contains(d.Command, "recall") {
			what += ", for everyone"
		}
		at := d.Time.UTC().Format("2006-01-02 15:04 UTC")
		c.add(Seen, "roamctl runs show "+Word(d.RunID), "%s took %s on %s, by %s (%s)", d.Command, what, at, d.Operator, d.Outcome)
	}
	if c.EarlierDeletions {
		c.add(Seen, "roamctl audit list -u "+Word(c.User), "the audit log of this machine has earlier deletions too")
	}
}

// ref is the conversation as one of its users sees it.
func (c *collector) ref(user string) roaming.Ref {
	ref := roaming.Ref{User: user, Conversation: c.Conversation, Type: c.Type}
	if c.Type == roaming.Chat && user != c.User {
		ref.Conversation = c.User
	}
	return ref
}

// list explains why a conversation with messages is not on a list, or is hidden.
func (c *collector) list(v *View) {
	if v.Error != "" || c.Type == roaming.Room {
		return
	}
	more := "roamctl conversations list --all --include-empty -u " + Word(v.User)
	switch {
	case v.List == Hidden:
		c.add(Seen, more, "the conversation is hidden from the list of %s, because no message is left in it; it keeps its place", v.User)
	case v.List != NotListed:
	case v.Messages == 0:
		c.add(Seen, more, "the conversation is not on the list of %s, and has no message there", v.User)
	case c.deletedConversation(v.User):
		c.add(Seen, more, "the conversation is not on the list of %s, from which roamctl deleted it; it still has %s", v.User, count(v.Messages, "message"))
	default:
		full := ""
		for _, limit := range listCaps() {
			if v.ListSize == limit {
				full = fmt.Sprintf("; that list has %d conversations, which is the most that a plan allows, and idle ones fall off a full list", limit)
			}
		}
		if full == "" {
			full = "; it was deleted there without its messages, or all of them were sent over REST, which puts nothing on a list"
		}
		c.add(Inferred, more, "the conversation has %s and is not on the list of %s%s", count(v.Messages, "message"), v.User, full)
	}
}

func (c *collector) deletedConversation(user string) bool {
	for _, d := range c.Deletions {
		if d.User == user && d.Command == deleteConversation {
			return true
		}
	}
	return false
}

// differences explains what one view has and the other lacks.
func (c *collector) differences() {
	if len(c.Views) < 2 || c.Views[0].Error != "" || c.Views[1].Error != "" {
		return
	}
	for i := range c.Views {
		has, lacks := &c.Views[i], &c.Views[1-i]
		n := has.Only - has.Directed
		if has.Directed > 0 {
			c.add(Seen, "", "sent to some members only, and not to %s: %s that %s has", lacks.User, count(has.Directed, "message"), has.User)
		}
		if n == 0 {
			continue
		}
		more := c.command("messages fetch", has.User, "--all")
		switch {
		case c.loggedFor(lacks.User) >= n:
			c.add(Inferred, more, "%s lacks %s that %s has: the deletions above took as many or more", lacks.User, count(n, "message"), has.User)
		case c.Type == roaming.Chat:
			c.add(Inferred, more, "%s lacks %s that %s has: deleted one-way, %sby %s on a device or by an administrator elsewhere; the service does not say by whom or when",
				lacks.User, count(n, "message"), has.User, partly(c.loggedFor(lacks.User)), lacks.User)
		default:
			c.add(Inferred, more, "%s lacks %s that %s has: deleted one-way, sent before %s joined, or sent with %s ignored; the service does not say which",
				lacks.User, count(n, "message"), has.User, lacks.User, lacks.User)
		}
	}
	if c.Views[0].Only+c.Views[1].Only == 0 && c.Common > 0 {
		c.add(Seen, "", "neither view lacks a message that the other has: both have the same %d", c.Common)
	}
}

// partly says that deletions of the audit log are a part of the cause.
func partly(logged int) string {
	if logged == 0 {
		return ""
	}
	return fmt.Sprintf("%d of them at most by the deletions above, the others ", logged)
}

// loggedFor is how many messages the audit log has of deletions from a user's view.
func (c *collector) loggedFor(user string) (n int) {
	for _, d := range c.Deletions {
		if d.User == user && !strings.Contains(d.Command, "recall") {
			n += d.Messages
		}
	}
	return n
}

func (c *collector) archive() {
	a := c.Archive
	if a == nil {
		c.add(Unknown, "roamctl archive sync --help", "what both views no longer have, such as recalled messages: the service keeps no trace of it, and there is no archive")
		return
	}
	status := c.command("archive status", c.User, "--all")
	if alone := a.Gone - a.GoneForBoth; alone > 0 {
		c.add(Seen, status, "gone from the view of %s alone, which saw it before: %s of the archive; a sync noticed it first on %s, last on %s",
			c.User, count(alone, "message"), day(a.GoneFirst), day(a.GoneLast))
	}
	if a.GoneForBoth > 0 {
		c.add(Inferred, status, "gone from both views: %s of the archive; recalled, or deleted by both; a sync noticed it first on %s", count(a.GoneForBoth, "message"), day(a.GoneFirst))
	}
	if a.Expired > 0 {
		c.add(Seen, status, "expired on the service: %s of the archive that %s saw", count(a.Expired, "message"), c.User)
	}
	if a.Older > 0 {
		before := "from before the oldest one that the service still shows"
		if a.Older == a.Messages {
			before = "that no view has any more"
		}
		c.add(Inferred, c.command("messages fetch --archive", c.User, "--all"),
			"the archive has %s %s: expired, recalled, or deleted from each view", count(a.Older, "message"), before)
	}
	if a.Gone+a.Expired+a.Older == 0 && a.Messages > 0 {
		c.add(Seen, status, "of the %s in the archive, none is known to be gone", count(a.Messages, "message"))
	}
	if a.Unread > 0 {
		c.add(Unknown, "roamctl archive sync --source roaming --recheck --user "+Word(c.User), "whether %s saw %s of the archive: no sync has read that view at their time", c.User, count(a.Unread, "message"))
	}
}

func (c *collector) retention() {
	if !c.Since.IsZero() || !c.Until.IsZero() {
		c.add(Unknown, "", "what is outside of --since and --until: it was not read")
		return
	}
	total := 0
	for _, v := range c.Views {
		if v.Error != "" {
			return
		}
		total += v.Messages
	}
	if total == 0 {
		c.add(Inferred, "", "no view that was read has a message: all have expired, were recalled or deleted, or there was none")
		return
	}
	c.add(Inferred, "", "the oldest message is %s old, and plans keep messages 3, 7, 90 or 180 days: older ones have expired, or there were none", count(c.Kept, "day"))
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func day(t roaming.Time) string { return t.UTC().Format("2006-01-02") }

// Word is an ID as one word for a shell.
func Word(s string) string {
	isPlain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-@+,/", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !isPlain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
