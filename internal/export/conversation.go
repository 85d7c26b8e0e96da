package export

import (
	"iter"
	"os"

	"github.com/roamctl/roamctl/internal/roaming"
)

// conversation is one that is read into its spool, by one caller.
type conversation struct {
	ref      roaming.Ref
	volume   string
	spool    string               // its name
	path     string               // of its file
	durable  bool                 // the spool has to outlive the machine's power
	bounds   roaming.HistoryQuery // since, until and whether to keep the raw bytes
	start    roaming.MessageID    // the last message that an earlier export has; 0 for none
	trailing map[string]int       // how often an earlier export has a record without an ID after start, by its sum
	newest   roaming.MessageID    // the last message by the user's list; 0 where the list does not tell
	known    *known

	writer  *scribe
	file    *os.File
	last    roaming.MessageID // the last message in the file; 0 for none
	tail    map[string]int    // sums, and how often each comes, of the records without an ID after the export's last message
	cursor  roaming.Cursor    // where the next page begins
	doubted bool              // that page was requested again

	resumed   bool // it began at a message that an earlier process or export has
	added     bool // a new message with an ID was added since
	rereading bool // the service hands out what the export has already
	reached   bool // newest is in the spool
}

// query requests the history from the cursor on.
func (c *conversation) query() roaming.HistoryQuery {
	q := c.bounds
	q.Direction, q.Start = roaming.Down, c.cursor
	return q
}

// doubt tells whether to request a page again: items that can't be read may have
// been damaged on their way. It does so once a page.
func (c *conversation) doubt(page roaming.Page[roaming.Message]) bool {
	doubted := c.doubted
	c.doubted = len(page.Bad) > 0
	return c.doubted && !doubted
}

// take writes a page to the spool and returns how many messages it added.
func (c *conversation) take(page roaming.Page[roaming.Message]) (messages int, err error) {
	if err := c.recognize(page); err != nil {
		return 0, err
	}
	var lines []byte
	for m, item := range inOrder(page) {
		if c.has(m, item) {
			continue
		}
		if item != nil {
			lines, err = c.writer.unreadable(lines, item)
		} else {
			lines, err = c.writer.message(lines, m)
			messages++
		}
		c.move(m, item)
		if err != nil {
			return messages, err
		}
	}
	c.cursor, c.doubted = page.Next, false
	_, err = c.file.Write(lines)
	return messages, err
}

// recognize prepares to tell a page's new messages from those that the export has.
// Where the latter come first after a start, that start has vanished, and the
// service has begun anew.
func (c *conversation) recognize(page roaming.Page[roaming.Message]) error {
	ids := make([]roaming.MessageID, 0, len(page.Items))
	for _, m := range page.Items {
		if m.ID != 0 && m.ID != c.last && m.ID != c.start {
			ids = append(ids, m.ID)
		}
	}
	if err := c.known.prepare(ids...); err != nil {
		return err
	}
	if c.resumed && !c.added && len(ids) > 0 && c.known.has(ids[0]) {
		c.rereading = true
	}
	return nil
}

// has tells whether the export has a message or an unreadable item already.
func (c *conversation) has(m roaming.Message, item *roaming.ItemError) bool {
	if m.ID == 0 {
		return c.hasSum(sumOfItem(m, item))
	}
	return m.ID == c.last || m.ID == c.start || c.known.has(m.ID) // a service may include the start
}

// sumOfItem is what tells an unreadable item or a message without an ID from others.
func sumOfItem(m roaming.Message, item *roaming.ItemError) string {
	if item != nil {
		return rawSum(item.Raw)
	}
	return rawSum(string(m.Raw))
}

// hasSum tells whether the export has a record without an ID. Only where the service
// hands out again what the export has, up to the first message that is new, can that
// be: an equal record elsewhere is another one.
func (c *conversation) hasSum(sum string) bool {
	if c.rereading {
		return c.known.takeSum(sum)
	}
	return c.exported(sum)
}

// move notes that a record was added.
func (c *conversation) move(m roaming.Message, item *roaming.ItemError) {
	if m.ID == 0 {
		c.tail[sumOfItem(m, item)]++
		return
	}
	c.pass(m.ID)
}

// pass notes that a message with an ID was added.
func (c *conversation) pass(id roaming.MessageID) {
	c.last, c.tail, c.added, c.rereading = id, map[string]int{}, true, false
	c.reached = c.reached || id == c.newest
	c.known.add(id)
}

// exported tells whether an earlier export has a record without an ID after its
// last message. It counts each of those once.
func (c *conversation) exported(sum string) bool {
	if c.last != 0 || c.trailing[sum] == 0 {
		return false
	}
	c.trailing[sum]--
	return true
}

// inOrder yields a page's messages and unreadable items in the order in which they
// came: one of the two is set.
func inOrder(page roaming.Page[roaming.Message]) iter.Seq2[roaming.Message, *roaming.ItemError] {
	return func(yield func(roaming.Message, *roaming.ItemError) bool) {
		bad := page.Bad
		for i, position := 0, 1; i < len(page.Items) || len(bad) > 0; position++ {
			if len(bad) > 0 && (bad[0].Position <= position || i == len(page.Items)) {
				if !yield(roaming.Message{}, bad[0]) {
					return
				}
				bad = bad[1:]
				continue
			}
			if !yield(page.Items[i], nil) {
				return
			}
			i++
		}
	}
}
