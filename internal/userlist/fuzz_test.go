package userlist

import (
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

// word refuses IDs with other characters than letters and digits, which no format
// quotes.
func word(id string) error {
	for _, r := range id {
		if r < '0' || r > 'z' || (r > '9' && r < 'a') {
			return fmt.Errorf("%q is no word", id)
		}
	}
	return nil
}

// FuzzRead checks that reading any file ends, and that each user is on the line of its
// Entry.
func FuzzRead(f *testing.F) {
	for _, column := range []string{"", "id", "user.id", "id,n"} {
		for _, file := range []string{
			"\ufeffalice\r\n# x\n\nbob\n",
			"id,n\r\na,\"x\r\ny\"\"\"\nb,\"\n c,d\n\"e\"f,g\n",
			"n,id\n\"\n\",a\n\"b\",\"\"\r\"c\n\"d\",e\r\r\n,\"f\n\"\"\",\n",
			"{\"id\":\"a\"}\n{\"user\":{\"id\":12}}\n{\n",
			"\xff\xfea\x00", "\"", "id\n\"", "\n\r\n{", "id\n" + strings.Repeat("a\n", 100) + "\"x",
		} {
			f.Add(file, column)
		}
	}
	f.Fuzz(func(t *testing.T, file, column string) {
		lines := strings.Split(file, "\n")
		o := Options{Name: "f", Column: column, Check: word}
		var users, got []string
		last, ended := 0, false
		for entry, err := range Read(strings.NewReader(file), o) {
			if ended {
				t.Fatal("the sequence continues after its last error")
			}
			got = append(got, fmt.Sprint(entry, err))
			at := entry.Line
			if bad, ok := errors.AsType[*LineError](err); ok {
				at = bad.Line
				if len(bad.Text) > maxText+len("…") || !utf8.ValidString(bad.Text) {
					t.Fatalf("the text of a bad line: %q", bad.Text)
				}
			} else if err != nil {
				ended = true
				continue
			}
			if at <= last || at > len(lines) {
				t.Fatalf("line %d after %d, of %d", at, last, len(lines))
			}
			last = at
			if err != nil {
				continue
			}
			users = append(users, entry.ID)
			if entry.ID == "" || word(entry.ID) != nil {
				t.Fatalf("%q is no user", entry.ID)
			}
			// \u0061 is an a.
			if rest := strings.Join(lines[at-1:], "\n"); !strings.Contains(rest, entry.ID) && !strings.Contains(rest, `\u`) {
				t.Fatalf("%q is not in line %d or after it", entry.ID, at)
			}
		}
		if want, good := wholeCSV(file, column); good && !slices.Equal(users, want) {
			t.Fatalf("users %q, want %q", users, want)
		}
		var again []string
		for entry, err := range Read(iotest.OneByteReader(strings.NewReader(file)), o) {
			again = append(again, fmt.Sprint(entry, err))
		}
		if !slices.Equal(got, again) {
			t.Fatalf("whole: %q\nbyte by byte: %q", got, again)
		}
	})
}

// wholeCSV returns the users that encoding/csv reads from a valid file.
func wholeCSV(file, column string) (users []string, good bool) {
	file = strings.TrimLeft(strings.TrimPrefix(file, "\ufeff"), " \t\v\f\r\n")
	if column == "" || file == "" || file[0] == '{' || len(file) > maxLine || !utf8.ValidString(file) || strings.Contains(file, "\x00") {
		return nil, false
	}
	all, err := csv.NewReader(strings.NewReader(file)).ReadAll()
	if err != nil {
		return nil, false
	}
	index, err := find(all[0], column)
	if err != nil {
		return nil, false
	}
	for _, record := range all[1:] {
		if id := strings.TrimSpace(record[index]); checkText(id) == nil && word(id) == nil {
			users = append(users, id)
		}
	}
	return users, true
}
