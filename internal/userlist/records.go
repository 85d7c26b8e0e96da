package userlist

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
)

// records is a CSV file. encoding/csv takes the records apart, but gets them
// one by one: left alone with the file, it would take all that follows a stray
// quote for one field.
type records struct {
	in      *input
	o       Options
	text    *bytes.Reader // the record that csv reads
	csv     *csv.Reader
	columns int // how many the header has
	column  int // the index of the one with the user ID
}

// newRecords reads the header.
func newRecords(in *input, o Options) (*records, error) {
	r := &records{in: in, o: o, text: bytes.NewReader(nil)}
	r.csv = csv.NewReader(r.text)
	r.csv.ReuseRecord = true
	line := in.line
	text, span, err := r.record()
	if _, malformed := errors.AsType[formError](err); err != nil && !malformed {
		return nil, err
	}
	var header []string
	if err == nil {
		header, err = r.parse(text)
	}
	if err == nil {
		r.columns = len(header)
		r.column, err = find(header, o.Column)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Usage, err, "%s:%d: the header of the CSV file", o.Name, line).
			WithHint("%s", hint(text))
	}
	in.take(len(text), span)
	return r, nil
}

func (r *records) next() (Entry, error) {
	r.skipBlank()
	line := r.in.line
	text, span, err := r.record()
	if _, malformed := errors.AsType[formError](err); malformed {
		// What follows a stray quote are most likely good records, not a field.
		bad := r.o.bad(line, text, err)
		r.in.skipLine()
		return Entry{}, bad
	}
	if err != nil {
		return Entry{}, err
	}
	r.in.take(len(text), span)
	id, err := r.id(text)
	if err == nil {
		err = r.o.check(id)
	}
	if err == nil {
		return Entry{Line: line, User: id}, nil
	}
	if span > 1 {
		err = fmt.Errorf("%w (the record ends in line %d)", err, line+span-1)
	}
	return Entry{}, r.o.bad(line, text, err)
}

// id is the user ID in a record. It is a copy, since a field is a part of the
// record's text, which must not stay in memory for it.
func (r *records) id(text []byte) (string, error) {
	fields, err := r.parse(text)
	if err != nil {
		return "", err
	}
	return strings.Clone(strings.TrimSpace(fields[r.column])), nil
}

// skipBlank takes empty lines between records, as encoding/csv does, and those
// with white space only.
func (r *records) skipBlank() {
	for {
		text, next, err := r.in.lineAt(0)
		if err != nil || len(bytes.TrimSpace(text)) > 0 {
			return
		}
		r.in.take(next, 1)
	}
}

// record is the record ahead and the number of its lines, without taking it.
// With a formError it is as much of it as was looked at.
func (r *records) record() (text []byte, span int, err error) {
	end, open := 0, false
	for {
		line, next, err := r.in.lineAt(end)
		switch {
		case open && errors.Is(err, io.EOF):
			return r.in.ahead(), span, errOpen
		case open && errors.Is(err, errTooLong):
			return r.in.ahead(), span, errRunaway
		case errors.Is(err, errTooLong):
			return line, span, err
		case err != nil:
			return nil, 0, err
		}
		end = next
		span++
		open, err = scan(line, open)
		if err != nil && span > 1 {
			err = fmt.Errorf("a quoted field begins here, and in line %d: %w", r.in.line+span-1, err)
		}
		if err != nil || !open {
			return r.in.ahead()[:end], span, err
		}
	}
}

// parse is the record's fields, which are good until the next call.
func (r *records) parse(text []byte) ([]string, error) {
	if err := checkBytes(text); err != nil {
		return nil, err
	}
	r.text.Reset(text)
	fields, err := r.csv.Read()
	if errors.Is(err, csv.ErrFieldCount) {
		return nil, fmt.Errorf("the number of fields is %d, and the header's is %d", len(fields), r.columns)
	}
	return fields, err
}

// scan follows the quotes of a line of a record, by the rules of encoding/csv.
// open says whether the line begins, and whether it ends, in a quoted field.
func scan(line []byte, open bool) (bool, error) {
	for {
		if !open {
			field, rest, more := bytes.Cut(line, []byte{','})
			if !bytes.HasPrefix(field, []byte{'"'}) {
				if bytes.IndexByte(field, '"') >= 0 {
					return false, errBareQuote
				}
				if !more {
					return false, nil
				}
				line = rest
				continue
			}
			line = line[1:]
		}
		_, rest, closed := bytes.Cut(line, []byte{'"'})
		switch {
		case !closed:
			return true, nil
		case len(rest) == 0:
			return false, nil
		case rest[0] == '"':
			open = true // a doubled quote stands for itself
		case rest[0] == ',':
			open = false
		default:
			return false, errQuote
		}
		line = rest[1:]
	}
}
