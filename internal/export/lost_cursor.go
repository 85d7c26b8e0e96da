package export

import (
	"context"
	"maps"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// recoverCursor makes sure that a read that ended, or that the service refused,
// got the newest message, and reads what it missed. docs/contract.md does not say
// what the service answers if the message at the cursor has expired or was
// recalled: nothing more, everything from the oldest on, or an error. So it
// compares the end with the list's last message or, if the list has none, with
// the newest page, and resumes after the newest message that both the export
// and the service have (docs/adr/0016-an-exports-end-is-held-against-the-list.md).
func (u *user) recoverCursor(ctx context.Context, c *conversation, failed error) error {
	if failed != nil && (!fault.AffectsOneConversation(failed) || c.cursor == "") {
		return failed
	}
	if failed == nil {
		if complete, err := c.complete(); complete || err != nil {
			return diskError(err)
		}
	}
	cursor, complete, err := u.findCursor(ctx, c)
	if err != nil || complete {
		return err
	}
	if err := c.seen.load(); err != nil { // with what this read has added
		return diskError(err)
	}
	c.cursor, c.repeating = cursor, true
	return u.readAll(ctx, c)
}

// complete reports whether the export has the newest message, as far as that is
// known. If the list has none, a conversation that was read from its beginning
// counts as complete.
func (c *conversation) complete() (bool, error) {
	if c.newest == 0 {
		return !c.resumed, nil
	}
	if c.reached {
		return true, nil
	}
	err := c.seen.prepare(c.newest)
	return c.seen.has(c.newest), err
}

// findCursor returns the newest message that both the export and the service
// have; "" for none. Complete means that the service has nothing newer.
func (u *user) findCursor(ctx context.Context, c *conversation) (cursor roaming.Cursor, complete bool, err error) {
	q := c.query
	q.Direction = roaming.Up
	complete = true
	tail := maps.Clone(c.tail)
	for page, err := range u.x.Service.History(ctx, c.ref, q) {
		if err != nil {
			return "", false, err
		}
		for m, item := range inOrder(page) {
			if m.ID == 0 {
				hash := itemHash(m, item)
				tail[hash]--
				complete = complete && tail[hash] >= 0
				continue
			}
			if m.ID != c.last && m.ID != c.start {
				if err := c.seen.prepare(m.ID); err != nil {
					return "", false, diskError(err)
				}
			}
			if c.exported(m, nil) {
				return roaming.Cursor(m.ID.String()), complete, nil
			}
			complete = false
		}
	}
	return "", complete, nil
}
