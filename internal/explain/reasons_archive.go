package explain

func (c *collector) archive() {
	a := c.Archive
	if c.ArchiveError != "" {
		c.add(Unknown, "roamctl archive verify", "what the archive has of the conversation: it could not be read: %s", c.ArchiveError)
		return
	}
	if a == nil {
		c.add(Unknown, "roamctl archive sync --help", "what both views no longer have, such as recalled messages: the service keeps no trace of it, and there is no archive")
		return
	}
	status := c.command("archive status", c.User)
	if a.Messages == 0 {
		c.add(Unknown, "roamctl archive gaps", "what both views no longer have: the archive has no message of the conversation in what was compared")
		return
	}
	if n := a.Gone - a.GoneForBoth; n > 0 { // whether the other view has them, only the comparison says
		c.add(Seen, status, "gone from the view of %s, which saw it before: %s of the archive; a sync noticed it first on %s, last on %s",
			c.User, count(n, "message"), day(a.GoneFirst), day(a.GoneLast))
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
		c.add(Inferred, c.command("messages fetch --archive", c.User),
			"the archive has %s %s: expired, recalled, or deleted from each view", count(a.Older, "message"), before)
	}
	if a.Unseen > 0 {
		c.add(Inferred, status, "the archive has %s that the history of %s did not have when a sync read it: deleted or recalled before, or never there", count(a.Unseen, "message"), c.User)
	}
	if a.Gone+a.Expired+a.Older+a.Unseen+a.Unread == 0 {
		c.add(Seen, status, "of the %s in the archive, none is known to be gone", count(a.Messages, "message"))
	}
	if a.Unread > 0 {
		c.add(Unknown, "roamctl archive sync --source roaming --recheck --user "+Word(c.User), "whether %s saw %s of the archive: no sync has read that view at their time", c.User, count(a.Unread, "message"))
	}
}

func (c *collector) retention() {
	if c.bounded() {
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
