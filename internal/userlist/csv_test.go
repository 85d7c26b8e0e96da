package userlist

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/fault"
)

func TestReadCSV(t *testing.T) {
	const eights = maxLine/9 - 1 // lines of eight that fit into a record
	run(t, map[string]test{
		"header only": {column: "id", file: "id,name"},
		"a column": {
			column: "user",
			file:   "\ufeff\n\r\nid, user ,name\r\n1,alice,A\r\n\r\n2,\" bob \",\"B, \"\"the\r\nB\"\"\"\r\n \t\n3,\"carol\",\"\"\n4,dave,D",
			want:   []string{"4:alice", "6:bob", "9:carol", "10:dave"},
		},
		"quoted header on two lines": {column: "user", file: "\"a\nb\",\"user\"\n1,alice\n", want: []string{"3:alice"}},
		"one column":                 {column: "user", file: "user\nalice\n\"bob\"\n", want: []string{"2:alice", "3:bob"}},
		"no user": {
			column: "user",
			file:   "user,name\nBob,x\n,x\n\"\",x\na\n b,c,d\n\"e\nf\",x\n\"g\nh\",x,y\nok,\"\t\x1b\"\n",
			want: []string{
				`f:2: "Bob" has capital letters`,
				"f:3: the ID is empty",
				"f:4: the ID is empty",
				"f:5: the number of fields is 1, and the header's is 2",
				"f:6: the number of fields is 3, and the header's is 2",
				"f:7: the ID has a control character in it (U+000A) (the record ends in line 8)",
				"f:9: the number of fields is 3, and the header's is 2 (the record ends in line 10)",
				"11:ok",
			},
		},
		"no text": {
			column: "user",
			file:   "user,name\na,\xc0\xe4\nb,\x00\n\"c\xffc\",d\ne,f\n",
			want:   []string{"f:2: not valid UTF-8", "f:3: there is a NUL byte in it", "f:4: not valid UTF-8", "5:e"},
		},
		"quotes in the wrong place": {
			column: "user",
			file:   "user,name\na,b\"c\n\"d\"e,f\nok,1\n g,\"h\ni,j\nk,\"l\"\nm,n\n",
			want: []string{
				"f:2: a quote in a field that does not begin with one",
				"f:3: a quote in a quoted field is neither doubled nor the field's end",
				"4:ok",
				"f:5: a quoted field begins here, and in line 7: a quote in a quoted field is neither doubled nor the field's end",
				"6:i", "7:k", "8:m",
			},
		},
		"a quote without an end": {
			column: "user",
			file:   "user,name\na,\"b\nc,d\ne,f",
			want:   []string{"f:2: a quoted field that begins here does not end", "3:c", "4:e"},
		},
		"long records": {
			column: "user",
			file: "user,name\na," + veryLong + "\nb,c\nd,\"" + strings.Repeat("12345678\n", eights) + "\"\n" +
				"e,\"f\n" + long + "\ng,h\n",
			want: []string{
				"f:2: longer than 64 KiB", "3:b", "4:d",
				fmt.Sprintf("f:%d: a quoted field that begins here does not end within 64 KiB", 5+eights),
				fmt.Sprintf("f:%d: longer than 64 KiB", 6+eights), fmt.Sprintf("%d:g", 7+eights),
			},
		},
	})
}

// A stray quote costs its own line and no other, however many follow.
func TestReadCSVContinuesAfterAStrayQuote(t *testing.T) {
	const users = 100_000
	file := "user,name\nalice,\"the A\n" + strings.Repeat("bob,b\n", users)
	var bad BadLines
	n := 0
	for entry, err := range Read(strings.NewReader(file), Options{Name: "f", Column: "user"}) {
		switch {
		case bad.Add(err):
		case err != nil:
			t.Fatal(err)
		case entry != Entry{Line: n + 3, ID: "bob"}:
			t.Fatalf("got %v", entry)
		default:
			n++
		}
	}
	if n != users || bad.Count() != 1 || !strings.Contains(bad.Err().Error(), "f:2: a quoted field that begins here does not end within 64 KiB") {
		t.Errorf("%d users, %v", n, bad.Err())
	}
}

func TestReadRefusesAHeader(t *testing.T) {
	for name, tt := range map[string]struct{ file, want, hint string }{
		"no such column":               {"id, Name \n1,a\n", `f:1: the header of the CSV file: there is no column "name"; the columns are "id", "Name"`, "--users-column takes a name"},
		"many columns":                 {strings.Repeat("c,", 30) + "c\n", `"c" and 11 more`, "--users-column"},
		"twice":                        {"name,id,name\n", `columns 1 and 3 are both called "name"`, ""},
		"semicolons":                   {"\nid;name\n1;a\n", `f:2: the header of the CSV file: there is no column "name"; the columns are "id;name"`, "commas"},
		"plain":                        {"alice\nbob\n", `the columns are "alice"`, "without a header"},
		"JSON array":                   {`[{"name":"a"}]`, "f:1:", "jq -c"},
		"JSON array, on several lines": {"[\n{\"name\":\"a\"}]", `the columns are "["`, "jq -c"},
		"malformed":                    {"id,na\"me\n", "f:1: the header of the CSV file: a quote in a field", ""},
		"open":                         {"id,\"name\n1,2\n", "f:1: the header of the CSV file: a quoted field that begins here does not end", ""},
		"runaway":                      {"id,\"name\n" + strings.Repeat("1,2\n", maxLine), "does not end within 64 KiB", ""},
		"too long":                     {veryLong, "longer than 64 KiB", ""},
		"no text":                      {"name,\xff\n", "not valid UTF-8", ""},
	} {
		t.Run(name, func(t *testing.T) {
			rounds := 0
			for entry, err := range Read(strings.NewReader(tt.file), Options{Name: "f", Column: "name"}) {
				rounds++
				e, ok := errors.AsType[*fault.Error](err)
				if !ok || e.Kind != fault.Usage || !strings.Contains(e.Error(), tt.want) || !strings.Contains(e.Hint, tt.hint) {
					t.Errorf("got %v, %.500v (%+v)", entry, err, e)
				}
				// --skip-invalid would skip it, and all users with it.
				if _, bad := errors.AsType[*LineError](err); bad {
					t.Error("the header is a bad line")
				}
				if len(err.Error()) > 1000 {
					t.Errorf("the error has %d bytes", len(err.Error()))
				}
			}
			if rounds != 1 {
				t.Errorf("%d rounds", rounds)
			}
		})
	}
}
