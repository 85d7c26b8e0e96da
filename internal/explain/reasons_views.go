package explain

import (
	"fmt"
	"strings"

	"github.com/roamctl/roamctl/internal/roaming"
)

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
	case v.Messages == 0 && (c.bounded() || v.Unreadable > 0):
		c.add(Seen, more, "the conversation is not on the list of %s; of its messages, none could be read in the time that was asked for", v.User)
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
		if d.User == user && d.tookOffList() {
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
		if unknown := lacks.uncompared(); unknown > 0 {
			c.add(Unknown, c.command("messages fetch", lacks.User), "whether %s lacks %s that %s has: in the history of %s, %s could not be compared (unreadable, or without an ID)",
				lacks.User, count(n, "message"), has.User, lacks.User, count(unknown, "item"))
			continue
		}
		more := c.command("messages fetch", has.User)
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
	if c.Views[0].Only+c.Views[1].Only > 0 || c.Common == 0 {
		return
	}
	if unknown := c.Views[0].uncompared() + c.Views[1].uncompared(); unknown > 0 {
		c.add(Unknown, "", "whether a view lacks a message that the other has: both have %s, and %s could not be compared (unreadable, or without an ID)",
			count(c.Common, "message"), count(unknown, "other item"))
	} else {
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
