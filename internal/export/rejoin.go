package export

import (
	"context"
	"maps"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// rejoin makes sure that a read that ended, or that the service refused, has come to
// the newest message, and reads what it has missed. The contract does not say what
// the service answers where the message to continue after has expired or was
// recalled: nothing more, all from the oldest on, or an error. So the end is held
// against the list's last message or, where the list does not tell, against the
// newest page. From that a message is found which the export has and which is
// still there: a start that works.
func (u *user) rejoin(ctx context.Context, c *conversation, failed error) error {
	if failed != nil && (!fault.MeetsConversation(failed) || c.cursor == "") {
		return failed
	}
	if failed == nil {
		if whole, err := c.whole(); whole || err != nil {
			return local(err)
		}
	}
	start, whole, err := u.joint(ctx, c)
	if err != nil && failed != nil && fault.MeetsConversation(err) {
		return failed
	}
	if err != nil || whole {
		return err
	}
	if err := c.known.load(); err != nil { // with what this read has added
		return local(err)
	}
	c.cursor, c.rereading = start, true
	return u.readAll(ctx, c)
}

// whole tells whether the export has the newest message, as far as that is known. A
// conversation that was read from its beginning is believed to be whole where its
// list does not tell.
func (c *conversation) whole() (bool, error) {
	if c.newest == 0 {
		return !c.resumed, nil
	}
	if c.reached {
		return true, nil
	}
	err := c.known.prepare(c.newest)
	return c.known.has(c.newest), err
}

// joint is the newest message that the service has and the export, too; "" when there
// is none. whole says that nothing is newer.
func (u *user) joint(ctx context.Context, c *conversation) (start roaming.Cursor, whole bool, err error) {
	q := c.bounds
	q.Direction = roaming.Up
	whole = true
	tail := maps.Clone(c.tail)
	for page, err := range u.x.Service.History(ctx, c.ref, q) {
		if err != nil {
			return "", false, err
		}
		for m, item := range inOrder(page) {
			if m.ID == 0 {
				sum := sumOfItem(m, item)
				tail[sum]--
				whole = whole && tail[sum] >= 0
				continue
			}
			if m.ID != c.last && m.ID != c.start {
				if err := c.known.prepare(m.ID); err != nil {
					return "", false, local(err)
				}
			}
			if c.has(m, nil) {
				return roaming.Cursor(m.ID.String()), whole, nil
			}
			whole = false
		}
	}
	return "", whole, nil
}
