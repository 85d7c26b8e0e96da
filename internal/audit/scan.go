package audit

import (
	"errors"
	"io"
	"iter"

	"github.com/roamctl/roamctl/internal/fsutil"
)

// record is an entry with its place, or a line that is none.
type record struct {
	Entry

	line  int   // from 1
	end   int64 // the offset after it
	ended bool  // by a line feed
	bad   error // why it is no entry; then only line is set

	tail *tail // the last record: what follows the entries
}

// tail is what the file ends in after its last entry, when that can be what a
// killed process left.
type tail struct {
	raw   []byte // without a line feed at its end
	ended bool   // by a line feed
}

// records reads the log. Lines that are no entries are held back until the
// next entry, which can vouch for them; else the first of them comes as a bad
// record.
func records(r io.Reader) iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		var odd remains
		for line, err := range fsutil.Lines(r) {
			if err != nil {
				yield(record{}, err)
				return
			}
			e, err := decode(line.Text)
			if err != nil {
				odd.add(line, err)
				continue
			}
			if odd.first > 0 && !odd.vouched(e.Torn) && !yield(record{line: odd.first, bad: odd.why}, nil) {
				return
			}
			vouchesForNothing := odd.first == 0 && e.Torn != nil
			odd = remains{}
			if vouchesForNothing && !yield(record{line: line.Number, bad: errors.New("it vouches for remains of a line that were removed")}, nil) {
				return
			}
			if !yield(record{Entry: e, line: line.Number, end: line.End(), ended: line.Ended}, nil) {
				return
			}
		}
		switch {
		case odd.first == 0:
		case odd.torn:
			yield(record{line: odd.first, tail: &tail{raw: odd.raw, ended: odd.ended}}, nil)
		default:
			yield(record{line: odd.first, bad: odd.why}, nil)
		}
	}
}

// remains are lines after an entry that are no entries.
type remains struct {
	first int
	raw   []byte
	why   error
	torn  bool // the last one was cut off
	ended bool // by a line feed
}

func (o *remains) add(line fsutil.Line, why error) {
	if o.first == 0 {
		o.first, o.why = line.Number, why
	} else {
		o.raw = append(o.raw, '\n')
	}
	o.raw = append(o.raw, line.Text...)
	o.torn, o.ended = line.Torn(), line.Ended
}

func (o *remains) vouched(t *Torn) bool { return t != nil && *t == tornOf(o.raw) }
