package export

import (
	"os"
	"slices"
	"sync"
	"time"

	"github.com/roamctl/roamctl/internal/roaming"
)

// conversation is one that is being fetched into its spool, by one caller or
// several, each on a segment.
type conversation struct {
	ref    roaming.Ref
	volume string
	spool  string
	dir    string               // of spools
	bounds roaming.HistoryQuery // since, until and whether to keep the raw bytes
	start  roaming.MessageID    // behind which an earlier export left off; 0 for none
	latest int64                // time of the latest message, as the list has it; 0 where it is not known
	scribe *scribe

	mu       sync.Mutex
	segments []*segment
	open     int  // segments that are not complete
	unsorted bool // a page was not in the order of time: it can't be split
}

// load finds what an earlier process has fetched.
func (c *conversation) load() (err error) {
	if c.segments, err = findSegments(c.dir, c.spool); err != nil {
		return err
	}
	if len(c.segments) == 0 {
		c.segments = []*segment{{path: segmentPath(c.dir, c.spool, 0)}}
	}
	c.open = len(c.segments)
	c.scribe, err = newScribe(c.ref)
	return err
}

// query asks for a segment from where it is.
func (c *conversation) query(s *segment) roaming.HistoryQuery {
	c.mu.Lock()
	defer c.mu.Unlock()
	q := c.bounds
	q.Direction = roaming.Down
	last := s.last
	if last == 0 && s.since == 0 {
		last = c.start
	}
	if last != 0 {
		q.Start = roaming.Cursor(last.String())
	}
	if s.since != 0 {
		q.Since = time.UnixMilli(s.since)
	}
	if s.until != 0 {
		q.Until = time.UnixMilli(s.until)
	}
	return q
}

// take writes a page and tells whether the segment has come to its end: a
// segment can be cut short while a page of it is on its way.
func (c *conversation) take(s *segment, page roaming.Page[roaming.Message]) (written tally, ended bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var lines []byte
	bad := page.Bad
	for i, position := 0, 1; i < len(page.Items) || len(bad) > 0; position++ {
		if len(bad) > 0 && (bad[0].Position <= position || i == len(page.Items)) {
			if lines, err = c.scribe.unreadable(lines, bad[0]); err != nil {
				return written, false, err
			}
			bad = bad[1:]
			written.unreadable++
			continue
		}
		m := page.Items[i]
		i++
		at := m.Timestamp.UnixMilli()
		if s.until != 0 && at > s.until {
			ended = true
			break
		}
		c.unsorted = c.unsorted || at < s.at
		if m.ID == s.last || m.ID == c.start {
			continue // a service that counts the start in
		}
		if s.begun == 0 {
			s.begun = at
		}
		if lines, err = c.scribe.message(lines, m); err != nil {
			return written, false, err
		}
		written.messages++
		s.last, s.at = m.ID, at
	}
	s.pages++
	_, err = s.file.Write(lines)
	return written, ended, err
}

// tally counts what was written.
type tally struct{ messages, unreadable int }

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
	covered := s.at - s.begun
	if c.unsorted || covered <= 0 || float64(s.pages)*float64(end-s.at)/float64(covered) < worthSplitting {
		return nil, nil //nolint:nilnil // nothing is split off
	}
	middle := s.at + (end-s.at)/2
	later := &segment{path: segmentPath(c.dir, c.spool, middle+1), since: middle + 1, until: s.until}
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
	if err := s.finish(); err != nil {
		return false, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open--
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
