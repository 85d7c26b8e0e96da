package source

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"math"
	"os"
	"slices"
	"strconv"

	"github.com/roamctl/roamctl/internal/export"
	"github.com/roamctl/roamctl/internal/roaming"
)

// recordFile is a temporary file with the records of one user, which files have in any
// order and compressed. It reads a conversation in either direction. Memory holds a
// position for each record.
type recordFile struct {
	file          *os.File
	conversations map[roaming.Ref]*recorded
}

// recorded is a conversation of a record file.
type recorded struct {
	records []position
	newest  *position // of the newest message, nil for none
	sorted  bool
	recalls map[roaming.MessageID]*Recall // that notices tell of
}

// position is where a record is, and its time in milliseconds.
type position struct {
	at     int64
	length uint32
	time   int64
}

// newRecordFile writes records to a temporary file, which close removes.
func newRecordFile(records iter.Seq2[export.Record, error]) (_ *recordFile, err error) {
	file, err := os.CreateTemp("", "roamctl-messages-") // 0600
	if err != nil {
		return nil, err
	}
	s := &recordFile{file: file, conversations: map[roaming.Ref]*recorded{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	out := &appender{to: file}
	for r, err := range records {
		if err != nil {
			return nil, err
		}
		if err := s.add(out, r); err != nil {
			return nil, err
		}
	}
	return s, out.flush()
}

func (s *recordFile) add(out *appender, r export.Record) error {
	ref := roaming.Ref{User: r.User, Conversation: r.Conversation, Type: r.ChatType}
	c := s.conversations[ref]
	if c == nil {
		c = &recorded{recalls: map[roaming.MessageID]*Recall{}}
		s.conversations[ref] = c
	}
	if id, recall := RecallOf(r.Message); recall != nil {
		c.recalls[id] = recall
	}
	r.Raw = nil
	b, err := encodeRecord(r)
	if err != nil {
		return err
	}
	p := position{at: out.size, length: uint32(min(len(b), math.MaxUint32)), time: r.Timestamp.UnixMilli()}
	if r.Timestamp.IsZero() && len(c.records) > 0 {
		p.time = c.records[len(c.records)-1].time // it stays behind its predecessor
	}
	if r.Error == "" && (c.newest == nil || p.time >= c.newest.time) {
		c.newest = &p
	}
	c.records = append(c.records, p)
	return out.write(b)
}

func encodeRecord(r export.Record) ([]byte, error) {
	if r.Error == "" {
		return r.AppendJSON(nil)
	}
	return json.Marshal(map[string]string{"unreadable": r.Unreadable, "error": r.Error})
}

// list yields the conversations by latest activity.
func (s *recordFile) list() ([]roaming.Conversation, error) {
	var all []roaming.Conversation
	for ref, c := range s.conversations {
		found := roaming.Conversation{ID: ref.Conversation, Type: ref.Type}
		if c.newest != nil {
			last, err := s.read(*c.newest)
			if err != nil {
				return nil, err
			}
			found.LastMessage, found.LastActive = &last.Message, last.Timestamp
		}
		all = append(all, found)
	}
	slices.SortFunc(all, func(a, b roaming.Conversation) int {
		return cmp.Or(b.LastActive.Compare(a.LastActive.Time), cmp.Compare(a.Type, b.Type), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}

// messages yields the messages of a conversation that q takes.
func (s *recordFile) messages(ref roaming.Ref, q Query) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		c := s.conversations[ref]
		if c == nil {
			return
		}
		if !c.sorted {
			slices.SortStableFunc(c.records, func(a, b position) int { return cmp.Compare(a.time, b.time) })
			c.sorted = true
		}
		step, i := -1, len(c.records)-1
		if q.Direction == roaming.Down {
			step, i = 1, 0
		}
		if after, err := strconv.Atoi(string(q.After)); err == nil {
			i = after + step
		}
		for ; i >= 0 && i < len(c.records); i += step {
			r, err := s.read(c.records[i])
			if err == nil && r.Error != "" {
				err = &roaming.ItemError{Page: 1, Position: i + 1, Raw: r.Unreadable, Err: errors.New(r.Error)}
			} else if err == nil && !q.takes(ref, r.Message) {
				continue
			}
			if !yield(Message{Message: r.Message, Recall: c.recalls[r.ID], Position: Position(strconv.Itoa(i))}, err) || err != nil && !roaming.IsItemError(err) {
				return
			}
		}
	}
}

func (s *recordFile) read(p position) (export.Record, error) {
	b := make([]byte, p.length)
	if _, err := s.file.ReadAt(b, p.at); err != nil {
		return export.Record{}, err
	}
	return export.DecodeRecord(b)
}

func (s *recordFile) close() error { return errors.Join(s.file.Close(), os.Remove(s.file.Name())) }

// appender writes to a file in large pieces, and knows the size.
type appender struct {
	to     io.Writer
	buffer bytes.Buffer
	size   int64
}

func (a *appender) write(b []byte) error {
	a.size += int64(len(b))
	a.buffer.Write(b)
	if a.buffer.Len() < 256<<10 {
		return nil
	}
	return a.flush()
}

func (a *appender) flush() error {
	_, err := a.buffer.WriteTo(a.to)
	return err
}
