package export

import (
	"cmp"
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

	writer  *scribe
	file    *os.File
	last    roaming.MessageID // the last message in the file; 0 for none
	cursor  roaming.Cursor    // where the next page begins
	doubted bool              // that page was requested again
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
	var lines []byte
	for m, item := range inOrder(page) {
		switch {
		case item != nil:
			if c.exported(rawSum(item.Raw)) {
				continue
			}
			lines, err = c.writer.unreadable(lines, item)
		case m.ID != 0 && (m.ID == c.last || m.ID == c.start):
			continue // the service includes the start in its answer
		case m.ID == 0 && c.exported(rawSum(string(m.Raw))):
			continue
		default:
			lines, err = c.writer.message(lines, m)
			c.last = cmp.Or(m.ID, c.last)
			messages++
		}
		if err != nil {
			return messages, err
		}
	}
	c.cursor, c.doubted = page.Next, false
	_, err = c.file.Write(lines)
	return messages, err
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
