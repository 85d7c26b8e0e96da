package runs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
)

// The kinds of events that the store itself understands. All others belong to
// whoever runs the deletion.
const (
	// Started is the first event; its data is the summary and the intent.
	Started = "started"
	// Finished says how the run ended: its data is Finish. A run is finished
	// when this is its last event: one that is resumed goes on after it.
	Finished = "finished"
)

// Event is one line of a journal.
type Event struct {
	Seq  int             `json:"seq"` // from 1
	Time roaming.Time    `json:"time"`
	Kind string          `json:"kind"`
	Data json.RawMessage `json:"data"` // null when there was none
}

// Into decodes the event's data.
func (e Event) Into(data any) error {
	if err := json.Unmarshal(e.Data, data); err != nil {
		return fmt.Errorf("event %d (%s): %w", e.Seq, e.Kind, err)
	}
	return nil
}

// Finish is the data of a Finished event.
type Finish struct {
	State State  `json:"state"` // Done, PartlyDone, Failed or Refused; Interrupted when it stopped in good order
	Error string `json:"error,omitempty"`
}

// A line is the event with a checksum of the rest as its last field, in a
// fixed form: a flipped bit that leaves the JSON valid is found all the same.
const (
	sumStart = `,"crc":"`
	sumEnd   = `"}`
	sumSize  = len(sumStart) + 8 + len(sumEnd)
)

func encode(e Event) ([]byte, error) {
	b, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	open := b[:len(b)-1]
	return fmt.Appendf(open, "%s%s%s\n", sumStart, checksum(open), sumEnd), nil
}

func decode(line []byte) (Event, error) {
	cut := len(line) - sumSize
	if cut < 0 {
		return Event{}, errors.New("it is no event")
	}
	open, sum := line[:cut], line[cut:]
	if !bytes.Equal(sum, []byte(sumStart+checksum(open)+sumEnd)) {
		return Event{}, errors.New("its checksum is wrong")
	}
	var e Event
	if err := json.Unmarshal(line, &e); err != nil {
		return Event{}, err
	}
	return e, nil
}

func checksum(b []byte) string {
	return fmt.Sprintf("%08x", crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
}

// stored is an event and where it ends in its file.
type stored struct {
	Event
	end int64
}

// events reads a journal. A last line whose write was cut off is left out: its
// Append never returned. Any other line that is not the next event is an error
// that names it and ends the sequence.
func events(r io.Reader) iter.Seq2[stored, error] {
	return func(yield func(stored, error) bool) {
		var torn int // the line that may have been cut off, if it is the last
		seq := 0
		for line, err := range fsutil.Lines(r) {
			if err != nil {
				yield(stored{}, fault.Wrap(fault.Config, err, "reading the journal"))
				return
			}
			if torn > 0 {
				yield(stored{}, corrupt(torn, errors.New("it was cut off, and others follow")))
				return
			}
			if line.Torn() {
				torn = line.Number
				continue
			}
			seq++
			e, err := decode(line.Text)
			if err == nil && e.Seq != seq {
				err = fmt.Errorf("it is event %d, and %d belongs here", e.Seq, seq)
			}
			if err != nil {
				yield(stored{}, corrupt(line.Number, err))
				return
			}
			if !yield(stored{e, line.End()}, nil) {
				return
			}
		}
	}
}

func corrupt(line int, err error) error {
	return fault.Wrap(fault.Safety, err, "line %d of the journal is damaged", line).
		WithHint("what stands before it can be trusted; compare with a backup of the state folder")
}
