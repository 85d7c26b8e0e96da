package export

import (
	"errors"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/roamctl/roamctl/internal/durable"
	"github.com/roamctl/roamctl/internal/roaming"
)

// conversation is one that is being fetched into its spool, by one caller or
// several, each on a segment.
type conversation struct {
	ref      roaming.Ref
	volume   string
	spool    string               // its name
	dir      string               // of its segments
	durable  bool                 // the spool has to outlive the machine's power
	bounds   roaming.HistoryQuery // since, until and whether to keep the raw bytes
	start    roaming.MessageID    // behind which an earlier export left off; 0 for none
	trailing []string             // sums of items behind start that could not be read, and are exported already
	latest   int64                // time of the latest message, as the list has it; 0 where it is not known
	scribe   *scribe

	mu       sync.Mutex
	segments []*segment
	open     int  // segments that are not complete
	unsorted bool // a page was not in the order of time: it can't be split
}

// load finds what an earlier process has fetched.
func (c *conversation) load() (err error) {
	if c.segments, err = findSegments(c.dir); err != nil {
		return err
	}
	if len(c.segments) == 0 {
		c.segments = []*segment{{path: segmentPath(c.dir, 0)}}
	}
	if first := c.segments[0]; first.since != 0 { // the disk lost the one before
		c.segments = slices.Insert(c.segments, 0, &segment{path: segmentPath(c.dir, 0), until: first.since - 1})
	}
	c.open = len(c.segments)
	c.scribe, err = newScribe(c.ref)
	return err
}

// query asks for a segment from where it is, up to a time. The contract is
// silent on whether startTime and endTime are within the range (section 3), so a
// millisecond more is asked for at either side, and take drops what that brings.
func (c *conversation) query(s *segment) (q roaming.HistoryQuery, until int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	q = c.bounds
	q.Direction = roaming.Down
	last := s.last
	if last == 0 && s.since == 0 {
		last = c.start
	}
	if last != 0 {
		q.Start = roaming.Cursor(last.String())
	}
	if s.since != 0 {
		q.Since = time.UnixMilli(s.since - 1)
	}
	if s.until != 0 {
		q.Until = time.UnixMilli(s.until + 1)
	}
	return q, s.until
}

// taken is what became of a page.
type taken struct {
	messages int
	ended    bool // the segment has come to its end
	again    bool // the rest has to be asked for anew, with the segment's bounds as they are now
}

// take writes a page, which was asked for up to a time. A segment can be cut
// short while a page of it is on its way: then what lies behind its new end is
// left to the later segment. When an item can't be read its time is not known,
// so that those behind the last message that is in bounds are asked for again.
func (c *conversation) take(s *segment, page roaming.Page[roaming.Message], until int64) (t taken, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	cut := s.until != until
	var lines []byte
	sure, bad := 0, 0 // of lines, and unreadable items behind them
	for m, item := range inOrder(page) {
		switch {
		case item != nil:
			if c.seen(s, item) {
				continue
			}
			if lines, err = c.scribe.unreadable(lines, item); err != nil {
				return t, err
			}
			bad++
			continue
		case s.until != 0 && m.Timestamp.UnixMilli() > s.until:
			t.ended = true
		case m.Timestamp.UnixMilli() < s.since: // what came before it is the earlier segment's, too
			lines, bad = lines[:sure], 0
			continue
		case m.ID == s.last || m.ID == c.start: // a service that counts the start in
			continue
		}
		if t.ended {
			break
		}
		if lines, err = c.scribe.message(lines, m); err != nil {
			return t, err
		}
		c.move(s, m)
		t.messages++
		sure, bad = len(lines), 0
	}
	if cut && bad > 0 {
		t.again, t.ended = true, false
		if err := s.backToLast(); err != nil {
			return t, err
		}
	} else {
		s.loose = s.loose || bad > 0
		sure = len(lines)
	}
	s.pages++
	_, err = s.file.Write(lines[:sure])
	return t, err
}

// move notes how far a segment is.
func (c *conversation) move(s *segment, m roaming.Message) {
	at := m.Timestamp.UnixMilli()
	c.unsorted = c.unsorted || at < s.at
	if s.begun == 0 {
		s.begun = at
	}
	s.last, s.at, s.loose = m.ID, at, false
}

// seen tells whether an item that can't be read is one that an earlier export
// has already, behind its last message.
func (c *conversation) seen(s *segment, item *roaming.ItemError) bool {
	return s.last == 0 && s.since == 0 && slices.Contains(c.trailing, rawSum(item.Raw))
}

// inOrder are a page's messages and the items that could not be read, in the
// order in which they came: one of the two is set.
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

const (
	// worthSplitting is how many pages have to be left of a segment, as far
	// as that can be guessed.
	worthSplitting = 4
)

// split cuts the rest of a segment in two halves of time, and gives the later
// one; nil when it is not worth it.
func (c *conversation) split(s *segment) (*segment, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	end := s.until
	if end == 0 {
		end = c.latest
	}
	if !c.bounds.Until.IsZero() {
		end = min(end, c.bounds.Until.UnixMilli())
	}
	covered := s.at - s.begun
	if c.unsorted || covered <= 0 || float64(s.pages)*float64(end-s.at)/float64(covered) < worthSplitting {
		return nil, nil //nolint:nilnil // nothing is split off
	}
	middle := s.at + (end-s.at)/2
	later := &segment{path: segmentPath(c.dir, middle+1), since: middle + 1, until: s.until}
	f, err := os.OpenFile(later.path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return nil, err
	}
	s.until = middle
	i := slices.Index(c.segments, s)
	c.segments = slices.Insert(c.segments, i+1, later)
	c.open++
	return later, nil
}

// complete notes that a segment is, and tells whether the conversation is.
func (c *conversation) complete(s *segment) (bool, error) {
	if err := s.finish(c.durable); err != nil {
		return false, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open--
	if c.open == 0 && c.durable {
		return true, errors.Join(durable.SyncFolder(c.dir), durable.SyncFolder(filepath.Dir(c.dir)))
	}
	return c.open == 0, nil
}

// close lets go of the files of a conversation that was given up.
func (c *conversation) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.segments {
		if s.file != nil {
			_ = s.file.Close() // what is whole in it is read again
			s.file = nil
		}
	}
}
