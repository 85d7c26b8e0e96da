package userlist

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
)

// csvFile is a CSV file. It passes records to encoding/csv one by one: given the whole
// file, that would read everything after a stray quote as one field.
type csvFile struct {
	in      *input
	text    *bytes.Reader // the record that csv reads
	csv     *csv.Reader
	columns int // of the header
	column  int // the index of the user ID's
}

// newCSV reads the header.
func newCSV(in *input, o Options) (*csvFile, error) {
	f := &csvFile{in: in, text: bytes.NewReader(nil)}
	f.csv = csv.NewReader(f.text)
	f.csv.ReuseRecord = true
	line := in.line
	text, err := f.record()
	if _, malformed := errors.AsType[formError](err); err != nil && !malformed {
		return nil, err
	}
	var header []string
	if err == nil {
		header, err = f.fields(text)
	}
	if err == nil {
		f.columns = len(header)
		f.column, err = find(header, o.Column)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Usage, err, "%s:%d: the header of the CSV file", o.Name, line).
			WithHint("%s", o.headerHint(text))
	}
	in.take(text)
	return f, nil
}

func (f *csvFile) record() (text []byte, err error) {
	end, lines, open := 0, 0, false
	for {
		line, next, err := f.in.lineAt(end)
		switch {
		case open && errors.Is(err, io.EOF):
			return f.in.ahead(), errOpen
		case open && errors.Is(err, errTooLong):
			return f.in.ahead(), errRunaway
		case errors.Is(err, errTooLong):
			return line, err
		case err != nil:
			return nil, err
		}
		end = next
		lines++
		if lines == 1 && isBlank(line) { // skipped, as encoding/csv does
			return f.in.ahead()[:end], nil
		}
		open, err = scan(line, open)
		if err != nil && lines > 1 {
			err = fmt.Errorf("a quoted field begins here, and in line %d: %w", f.in.line+lines-1, err)
		}
		if err != nil || !open {
			return f.in.ahead()[:end], err
		}
	}
}

// id copies the ID: a part of the record would keep all of it in memory.
func (f *csvFile) id(text []byte) (id string, found bool, err error) {
	fields, err := f.fields(text)
	if err != nil {
		return "", false, err
	}
	return strings.Clone(strings.TrimSpace(fields[f.column])), true, nil
}

// fields returns a record's fields, which are valid until the next call.
func (f *csvFile) fields(text []byte) ([]string, error) {
	if err := checkBytes(text); err != nil {
		return nil, err
	}
	f.text.Reset(text)
	fields, err := f.csv.Read()
	if errors.Is(err, csv.ErrFieldCount) {
		return nil, fmt.Errorf("the number of fields is %d, and the header's is %d", len(fields), f.columns)
	}
	return fields, err
}

// scan follows the quotes of a record's line by the rules of encoding/csv. open
// reports whether the line begins, and scan whether it ends, in a quoted field.
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
			open = true // a doubled quote is one of the field's
		case rest[0] == ',':
			open = false
		default:
			return false, errQuote
		}
		line = rest[1:]
	}
}

// find returns the index of the column of that name. It refuses two of them.
func find(header []string, column string) (int, error) {
	index := -1
	for i, name := range header {
		if strings.TrimSpace(name) != column {
			continue
		}
		if index >= 0 {
			return 0, fmt.Errorf("columns %d and %d are both called %q", index+1, i+1, column)
		}
		index = i
	}
	if index < 0 {
		return 0, fmt.Errorf("there is no column %q; the columns are %s", column, list(header))
	}
	return index, nil
}

// list names the columns.
func list(header []string) string {
	const most = 20
	var names []string
	for _, name := range header[:min(len(header), most)] {
		names = append(names, strconv.Quote(clip(strings.TrimSpace(name), maxText)))
	}
	text := strings.Join(names, ", ")
	if more := len(header) - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// headerHint returns the hint for an invalid header, by the format of the file.
func (o Options) headerHint(header []byte) string {
	switch {
	case bytes.HasPrefix(header, []byte{'['}):
		return "if this is a JSON array, write its objects one a line: jq -c '.[]'"
	case bytes.IndexByte(header, ',') < 0 && bytes.ContainsAny(header, ";\t|"):
		return "the columns of a CSV file are separated by commas"
	default:
		return fmt.Sprintf("%[1]s takes a name from the first line, as it is written there; a file of IDs without a header needs no %[1]s", o.flag())
	}
}
