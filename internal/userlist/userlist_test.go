package userlist

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
)

// lower is a check like that of the commands.
func lower(id string) error {
	if strings.ToLower(id) != id {
		return fmt.Errorf("%q has capital letters", id)
	}
	return nil
}

// read returns what a file yields, each as line:user or the error.
func read(t *testing.T, r io.Reader, column string) []string {
	t.Helper()
	var got []string
	ended := false
	for entry, err := range Read(r, Options{Name: "f", Column: column, Check: lower}) {
		if ended {
			t.Errorf("the sequence continues after its last error: %v, %v", entry, err)
		}
		_, bad := errors.AsType[*LineError](err)
		switch {
		case err == nil:
			got = append(got, fmt.Sprintf("%d:%s", entry.Line, entry.ID))
			continue
		case bad:
			got = append(got, err.Error())
		default:
			got = append(got, "end: "+err.Error())
			ended = true
		}
		if fault.KindOf(err) != fault.Usage {
			t.Errorf("kind of %v is %q, want usage", err, fault.KindOf(err))
		}
		if entry != (Entry{}) {
			t.Errorf("%v has an error", entry)
		}
	}
	return got
}

// run reads each file whole and byte by byte: the result must be the same.
type test struct {
	column, file string
	want         []string
}

func run(t *testing.T, tests map[string]test) {
	t.Helper()
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, read(t, strings.NewReader(tt.file), tt.column)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.want, read(t, iotest.OneByteReader(strings.NewReader(tt.file)), tt.column)); diff != "" {
				t.Errorf("byte by byte: %s", diff)
			}
			if diff := cmp.Diff(tt.want, read(t, iotest.DataErrReader(strings.NewReader(tt.file)), tt.column)); diff != "" {
				t.Errorf("the end with the last bytes: %s", diff)
			}
		})
	}
}

var (
	long      = strings.Repeat("x", maxLine+1)
	veryLong  = strings.Repeat("x", 5*bufferSize)
	justRight = strings.Repeat("x", maxLine)
)

func TestReadPlain(t *testing.T) {
	run(t, map[string]test{
		"nothing":           {file: ""},
		"nothing but a BOM": {file: "\ufeff"},
		"comments and blanks": {
			file: "\ufeff# who left\n\n  alice \t\r\n\t\r\nbob # sales\r\n#carol\n d#e\n",
			want: []string{"3:alice", "5:bob", "7:d#e"},
		},
		"no end of the last line": {file: "alice\nbob", want: []string{"1:alice", "2:bob"}},
		"CR at the end":           {file: "alice\r\nbob\r", want: []string{"1:alice", "2:bob"}},
		"short":                   {file: "a", want: []string{"1:a"}},
		"same user again":         {file: "bob\na\nbob\n", want: []string{"1:bob", "2:a", "3:bob"}},
		"refused by the check":    {file: "a\nBob\nc\n", want: []string{"1:a", `f:2: "Bob" has capital letters`, "3:c"}},
		"other formats": {
			file: "id,name\n{\"id\": 1}\n[\na\n",
			want: []string{
				"f:1: looks like CSV, with the comma; --users-column NAME reads a column of a file with a header",
				"f:2: looks like JSON; --users-column NAME reads a member of one object a line",
				"f:3: looks like JSON; --users-column NAME reads a member of one object a line",
				"4:a",
			},
		},
		"no text": {
			file: "a\x00b\n\xffc\nd\te\nf\u0085g\nh\u200bi\n\ufeffj\nk\u202el\nm\ufffdn\no\rp\nq\n",
			want: []string{
				"f:1: there is a NUL byte in it",
				"f:2: not valid UTF-8",
				"f:3: the ID has a control character in it (U+0009)",
				"f:4: the ID has a control character in it (U+0085)",
				"f:5: the ID has an invisible character in it (U+200B)",
				"f:6: the ID has an invisible character in it (U+FEFF)",
				"f:7: the ID has an invisible character in it (U+202E)",
				"f:8: the ID has lost a character (U+FFFD is in its place)",
				"f:9: the ID has a control character in it (U+000D)",
				"10:q",
			},
		},
		"long lines": {
			file: justRight + "\n" + long + "\n" + veryLong + "\r\na\n" + veryLong,
			want: []string{
				"1:" + justRight, "f:2: longer than 64 KiB", "f:3: longer than 64 KiB", "4:a", "f:5: longer than 64 KiB",
			},
		},
		"UTF-16":       {file: "\xff\xfea\x00\r\x00\n\x00b\x00", want: []string{"1:a", "2:b"}},
		"UTF-16, BE":   {file: "\xfe\xff\x00a\xd8\x00", want: []string{"f:1: the ID has lost a character (U+FFFD is in its place)"}},
		"other script": {file: "用户１\n", want: []string{"1:用户１"}},
	})
}

func TestReadNDJSON(t *testing.T) {
	run(t, map[string]test{
		"nothing": {column: "id", file: "\ufeff\r\n \n"},
		"strings and numbers": {
			column: "id",
			file:   "\ufeff\n {\"id\": \"alice\", \"n\": [1]}\r\n\r\n{\"id\" : 90071992547409931 }\n{\"id\":1.50e3}\n{\"id\":\" \\u0062ob \"}",
			want:   []string{"2:alice", "4:90071992547409931", "5:1.50e3", "6:bob"},
		},
		"a path": {
			column: "user.id",
			file:   `{"user":{"id":"a"}}` + "\n" + `{"user.id":"b","user":{"id":"x"}}` + "\n" + `{"user":{}}` + "\n" + `{"user":"id"}` + "\n" + `{"user":null}` + "\n" + `{"user":[{"id":1}]}`,
			want: []string{
				"1:a", "2:b",
				`f:3: it has no member "user.id"`, `f:4: it has no member "user.id"`,
				`f:5: it has no member "user.id"`, `f:6: it has no member "user.id"`,
			},
		},
		"no user": {
			column: "id",
			file: strings.Join([]string{
				`{"ID":"a"}`, `{"id":null}`, `{"id":true}`, `{"id":{}}`, `{"id":["a"]}`, `{"id":""}`, `{"id":"Bob"}`,
				`{"id":"a\u0000"}`, `{"id":"\ud800"}`, "{\"id\":\"\xff\"}", "{\"id\":\"b\",\"n\":\"\x00\"}", `{"id":"ok"}`,
			}, "\n"),
			want: []string{
				`f:1: it has no member "id"`,
				`f:2: member "id" is neither a string nor a number`,
				`f:3: member "id" is neither a string nor a number`,
				`f:4: member "id" is neither a string nor a number`,
				`f:5: member "id" is neither a string nor a number`,
				`f:6: the ID is empty`,
				`f:7: "Bob" has capital letters`,
				`f:8: the ID has a control character in it (U+0000)`,
				`f:9: the ID has lost a character (U+FFFD is in its place)`,
				`f:10: not valid UTF-8`,
				`f:11: there is a NUL byte in it`,
				`12:ok`,
			},
		},
		"no objects": {
			column: "id",
			file:   "{\n\"id\": 1\nnull\n1\n{\"id\":1}{\"id\":2}\n{\"id\":01}\nid,name\n{\"id\":3}\n",
			want: []string{
				"f:1: not one JSON object",
				"f:2: not one JSON object",
				"f:3: not one JSON object",
				"f:4: not one JSON object",
				"f:5: not one JSON object",
				"f:6: not one JSON object",
				"f:7: not one JSON object",
				"8:3",
			},
		},
		"long lines": {
			column: "id",
			file:   `{"id":"` + veryLong + "\"}\n" + `{"id":"a"}` + "\n" + `{"id":"` + long + "\"}\n" + `{"id":"b"}`,
			want:   []string{"f:1: longer than 64 KiB", "2:a", "f:3: longer than 64 KiB", "4:b"},
		},
		"behind much white space": {
			column: "id",
			file:   strings.Repeat(" ", 3*bufferSize) + strings.Repeat("\r\n", bufferSize) + `{"id":"a"}`,
			want:   []string{fmt.Sprintf("%d:a", bufferSize+1)},
		},
	})
}

func TestReadStopsWithItsLoop(t *testing.T) {
	for name, o := range map[string]struct{ column, file string }{
		"user":     {"", "a\nb\n"},
		"bad line": {"", "A,\nb\n"},
		"record":   {"id", "id\nb\nc\n"},
	} {
		t.Run(name, func(t *testing.T) {
			n := 0
			for range Read(strings.NewReader(o.file), Options{Column: o.column}) {
				n++
				break
			}
			if n != 1 {
				t.Errorf("%d rounds", n)
			}
		})
	}
}

// A line that a failed read cut is not a user.
func TestReadEndsWithAFailedRead(t *testing.T) {
	broken := errors.New("disk on fire")
	for name, cause := range map[string]error{"plain": broken, "wrapping the end": fmt.Errorf("disk on fire%.0w", io.EOF)} {
		for column, file := range map[string]string{
			"":    "alice\nbo",
			"id":  "id\nalice\nbo",
			"id2": `{"id2":"alice"}` + "\n" + `{"id2":"b"}`,
			"id3": "id3\nalice\n\"bo\n",
		} {
			t.Run(name+column, func(t *testing.T) {
				r := io.MultiReader(strings.NewReader(file), iotest.ErrReader(cause))
				got := read(t, r, column)
				if len(got) != 2 || !strings.HasSuffix(got[0], ":alice") || got[1] != "end: reading user IDs from f: disk on fire" {
					t.Errorf("got %q", got)
				}
			})
		}
		for _, column := range []string{"", "id"} {
			if got := read(t, iotest.ErrReader(cause), column); len(got) != 1 || got[0] != "end: reading user IDs from f: disk on fire" {
				t.Errorf("nothing but an error, column %q: got %q", column, got)
			}
		}
	}
}

// Users from a pipe are yielded as they arrive, not when a buffer is full.
func TestReadDoesNotWaitForMore(t *testing.T) {
	for column, file := range map[string]string{
		"":    "alice\n",
		"id":  "id,name\nalice,\"A\nB\"\n",
		"id2": `{"id2":"alice"}` + "\n",
	} {
		r, w := io.Pipe()
		go w.Write([]byte(file)) // and then nothing, for ever
		for entry, err := range Read(r, Options{Column: column}) {
			if entry.ID != "alice" || err != nil {
				t.Errorf("got %v, %v", entry, err)
			}
			break
		}
		r.Close()
	}
}
