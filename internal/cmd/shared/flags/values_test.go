package flags

import (
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/roaming"
)

// parsed is what a command's flags became.
type parsed struct {
	Users     Users
	Types     []string
	Direction string
	Type      roaming.ChatType
}

func parse(t *testing.T, args ...string) (parsed, error) {
	t.Helper()
	p := parsed{Direction: "up"}
	cmd := &cobra.Command{Use: "x", RunE: func(*cobra.Command, []string) error { return nil }, SilenceErrors: true, SilenceUsage: true}
	cmd.SetOut(io.Discard)
	p.Users.Declare(cmd)
	Choices(cmd, &p.Types, "kind", "print this `KIND`", "txt", "img", "file")
	Choice(cmd, &p.Direction, "direction", "read in this `DIRECTION`", "up", "down")
	Type(cmd, &p.Type, "use this `TYPE`", roaming.Chat, roaming.Group)
	cmd.SetArgs(args)
	return p, cmd.Execute()
}

func TestListsTakeRepeatedAndCommaSeparatedValues(t *testing.T) {
	for name, args := range map[string][]string{
		"repeated":        {"-u", "alice", "-u", "bob", "--user", "carol", "--kind", "txt", "--kind", "file"},
		"comma-separated": {"-u", "alice,bob,carol", "--kind", "txt,file"},
		"mixed":           {"-u", "alice,bob", "--user=carol", "--kind", "txt", "--kind=file"},
	} {
		got, err := parse(t, args...)
		want := parsed{Users: Users{IDs: []string{"alice", "bob", "carol"}}, Types: []string{"txt", "file"}, Direction: "up"}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}

func TestValuesThatAreRefused(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"-u", ""}, `invalid argument "" for "-u, --user" flag: it must not have empty values`},
		{[]string{"-u", "alice,,bob"}, `invalid argument "alice,,bob" for "-u, --user" flag: it must not have empty values`},
		{[]string{"-u", "alice,"}, `invalid argument "alice," for "-u, --user" flag: it must not have empty values`},
		{[]string{"--kind", "txt,poem"}, `invalid argument "txt,poem" for "--kind" flag: it must be txt, img or file`},
		{[]string{"--direction", "sideways"}, `invalid argument "sideways" for "--direction" flag: it must be up or down`},
		{[]string{"--users-file", "a", "--users-file", "b"}, `invalid argument "b" for "--users-file" flag: it is given twice and takes one value`},
		{[]string{"--type", "room"}, `invalid argument "room" for "--type" flag: chat rooms are on no list; it must be chat or group`},
		{[]string{"--type", "pal"}, `invalid argument "pal" for "--type" flag: it must be chat or group`},
	} {
		if _, err := parse(t, tt.args...); err == nil || err.Error() != tt.want {
			t.Errorf("%q: %v, want %s", tt.args, err, tt.want)
		}
	}
}

func TestTypeTakesTheNamesOnTheWire(t *testing.T) {
	if got, err := parse(t, "--type", "groupchat"); got.Type != roaming.Group || err != nil {
		t.Errorf("%q, %v", got.Type, err)
	}
}

func TestUsersOfTheFlags(t *testing.T) {
	for _, tt := range []struct {
		users   Users
		one     string
		several bool
		err     string
	}{
		{Users{IDs: []string{"alice"}}, "alice", false, ""},
		{Users{IDs: []string{"alice", "alice"}}, "alice", false, ""},
		{Users{IDs: []string{"alice", "bob"}}, "", true, ""},
		{Users{File: "f", Column: "id", SkipInvalid: true}, "", true, ""},
		{Users{All: true}, "", true, ""},
		{Users{RetryFailed: "r"}, "", true, ""},
		{Users{}, "", false, "--user is required: a user ID"},
		{Users{IDs: []string{"alice"}, All: true}, "", true, "only one of --user, --users-file, --all-users and --retry-failed can be given"},
		{Users{IDs: []string{"alice"}, Column: "id"}, "alice", false, "--users-column needs --users-file"},
		{Users{All: true, SkipInvalid: true}, "", true, "--skip-invalid needs --users-file"},
		{Users{IDs: []string{"Alice"}}, "Alice", false, `--user: "Alice" has capital letters, and user IDs are lowercase`},
		{Users{IDs: []string{"a\xff"}}, "a\xff", false, `--user: "a\xff" is not valid UTF-8`},
		{Users{IDs: []string{"a\tb"}}, "a\tb", false, `--user: "a\tb" has white space around it or control characters in it`},
		{Users{IDs: []string{".."}}, "..", false, `--user: ".." is not a user ID: it would mean another path`},
	} {
		message := ""
		if err := tt.users.Check(); err != nil {
			message = err.Error()
		}
		if tt.users.One() != tt.one || tt.users.Several() != tt.several || message != tt.err {
			t.Errorf("%+v: one %q, several %v, %q", tt.users, tt.users.One(), tt.users.Several(), message)
		}
	}
}
