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

// command is a command about all of a user's conversation.
func (c *collector) command(verb, user string) string {
	text := "roamctl " + verb + " -u " + Word(user) + " -c " + Word(c.ref(user).Conversation)
	if c.Type != roaming.Chat {
		text += " --type " + string(c.Type)
	}
	return text + " --all"
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
			what = fmt.Sprintf("took %s from %s", count(d.Messages, "message"), what)
		case d.tookOffList():
			what = fmt.Sprintf("took %s off the list", what)
		default: // none, or the process was killed before it counted them
			what = fmt.Sprintf("ran for %s and counted no deleted message", what)
		}
		if d.Messages > 0 && strings.Contains(d.Command, "recall") {
			what += ", for everyone"
		}
		at := d.Time.UTC().Format("2006-01-02 15:04 UTC")
		c.add(Seen, "roamctl runs show "+Word(d.RunID), "%s %s on %s, by %s (%s)", d.Command, what, at, d.Operator, d.Outcome)
	}
	if c.EarlierDeletions {
		c.add(Seen, "roamctl audit list -u "+Word(c.User), "the audit log of this machine has earlier deletions too")
	}
}

// tookOffList reports whether a deletion is known to have taken a conversation off a list.
func (d Deletion) tookOffList() bool {
	return d.Command == deleteConversation && d.Outcome == "done"
}

// ref is the conversation as one of its users sees it.
func (c *collector) ref(user string) roaming.Ref {
	ref := roaming.Ref{User: user, Conversation: c.Conversation, Type: c.Type}
	if c.Type == roaming.Chat && user != c.User {
		ref.Conversation = c.User
	}
	return ref
}

// bounded reports whether only a part of the histories was read.
func (c *collector) bounded() bool { return !c.Since.IsZero() || !c.Until.IsZero() }

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func day(t roaming.Time) string { return t.UTC().Format("2006-01-02") }

// Word returns an ID as one word for a POSIX shell, in quotes if it needs them.
func Word(s string) string {
	isPlain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-@+,/", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !isPlain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
