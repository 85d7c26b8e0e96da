package export

import (
	"cmp"
	"errors"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"

	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
)

// conversation is a conversation that is fetched into a temporary file. It is
// used by one goroutine.
type conversation struct {
	ref      roaming.Ref
	output   string               // the path of the output file
	temp     string               // the name of the temporary file
	path     string               // the path of the temporary file
	durable  bool                 // the temporary file has to survive a power failure
	query    roaming.HistoryQuery // from the oldest message on
	start    roaming.MessageID    // the last exported message; 0 for none
	newest   roaming.MessageID    // the last message on the user's list; 0 if unknown
	seen     *seen
	trailing map[string]int // exported records without an ID after start, by hash

	file    *os.File
	last    roaming.MessageID // the last message in the temporary file; 0 for none
	tail    map[string]int    // records without an ID after the last message, by hash
	cursor  roaming.Cursor    // of the next page
	retried bool              // the page was requested again

	resumed   bool // it began after an exported message
	added     bool // a new message with an ID was added
	repeating bool // the service returns exported messages again
	reached   bool // newest was added
}

// open opens or creates the temporary file and resumes after its last message
// with an ID. It truncates what follows that: a torn line, or records without
// an ID, which are fetched again.
func (c *conversation) open() error {
	f, err := os.OpenFile(c.path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	c.tail = maps.Clone(c.trailing)
	end := int64(0)
	for line, err := range fsutil.Lines(f) {
		if err != nil {
			return errors.Join(err, f.Close())
		}
		r, err := parseRecord(line)
		if err != nil {
			break
		}
		if r.ID != 0 {
			c.advance(r.ID)
			end = line.End()
		}
	}
	err = f.Truncate(end)
	if err == nil {
		_, err = f.Seek(end, io.SeekStart)
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	c.file, c.added = f, false
	if last := cmp.Or(c.last, c.start); last != 0 {
		c.cursor, c.resumed = roaming.Cursor(last.String()), true
	}
	return nil
}

// finish closes the temporary file. One that has to survive a power failure is
// on disk then.
func (c *conversation) finish() error {
	if !c.durable {
		return closeOnce(&c.file)
	}
	err := c.file.Sync()
	return errors.Join(err, closeOnce(&c.file), fsutil.SyncFolder(filepath.Dir(c.path)))
}

// shouldRetry reports whether to request a page again, which it does once:
// unreadable items may have been damaged on their way.
func (c *conversation) shouldRetry(page roaming.Page[roaming.Message]) bool {
	retried := c.retried
	c.retried = len(page.Bad) > 0
	return c.retried && !retried
}

// addPage writes the new records of a page and returns the number of messages
// among them.
func (c *conversation) addPage(page roaming.Page[roaming.Message]) (messages int, err error) {
	if err := c.prepare(page); err != nil {
		return 0, err
	}
	var lines []byte
	for m, item := range inOrder(page) {
		if c.exported(m, item) {
			continue
		}
		if item != nil {
			lines, err = appendUnreadable(lines, c.ref, item)
		} else {
			lines, err = appendMessage(lines, c.ref.User, m)
			messages++
		}
		if err != nil {
			return messages, err
		}
		if m.ID != 0 {
			c.advance(m.ID)
		} else {
			c.tail[itemHash(m, item)]++
		}
	}
	c.cursor, c.retried = page.Next, false
	_, err = c.file.Write(lines)
	return messages, err
}

// prepare makes seen ready for a page. If the first message of the first page
// was exported before, the start was lost and the service has begun anew.
func (c *conversation) prepare(page roaming.Page[roaming.Message]) error {
	ids := make([]roaming.MessageID, 0, len(page.Items))
	for _, m := range page.Items {
		if m.ID != 0 && m.ID != c.last && m.ID != c.start {
			ids = append(ids, m.ID)
		}
	}
	if err := c.seen.prepare(ids...); err != nil {
		return err
	}
	if c.resumed && !c.added && len(ids) > 0 && c.seen.has(ids[0]) {
		c.repeating = true
	}
	return nil
}

// exported reports whether a message or an unreadable item was exported before.
// A service may include the message at the cursor. A record without an ID counts
// once, and only where it was: after start, or while the service returns
// exported messages again. An equal record elsewhere is another one.
func (c *conversation) exported(m roaming.Message, item *roaming.ItemError) bool {
	if m.ID != 0 {
		return m.ID == c.last || m.ID == c.start || c.seen.has(m.ID)
	}
	hash := itemHash(m, item)
	if c.repeating {
		return c.seen.takeHash(hash)
	}
	if c.last != 0 || c.trailing[hash] == 0 {
		return false
	}
	c.trailing[hash]--
	return true
}

// advance moves past a new message with an ID.
func (c *conversation) advance(id roaming.MessageID) {
	c.last, c.tail, c.added, c.repeating = id, map[string]int{}, true, false
	c.reached = c.reached || id == c.newest
	c.seen.add(id)
}

// itemHash identifies an unreadable item or a message without an ID.
func itemHash(m roaming.Message, item *roaming.ItemError) string {
	if item != nil {
		return rawHash(item.Raw)
	}
	return rawHash(string(m.Raw))
}

// inOrder yields a page's messages and unreadable items in the order in which
// they came. One of the two is set.
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
