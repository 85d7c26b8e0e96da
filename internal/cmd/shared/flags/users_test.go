package flags

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/roaming"
)

func TestOneUserOfFlagAndArguments(t *testing.T) {
	for _, tt := range []struct {
		named, args []string
		id          string
		rest        []string
		err         string
	}{
		{nil, []string{"alice"}, "alice", []string{}, ""},
		{nil, []string{"alice", "bob"}, "alice", []string{"bob"}, ""},
		{[]string{"alice"}, nil, "alice", nil, ""},
		{[]string{"alice"}, []string{"bob"}, "alice", []string{"bob"}, ""},
		{[]string{"alice"}, []string{"alice", "bob"}, "alice", []string{"bob"}, ""},
		{[]string{"alice"}, []string{"bob", "alice"}, "alice", []string{"bob", "alice"}, ""},
		{[]string{"alice", "alice"}, []string{"bob"}, "alice", []string{"bob"}, ""},
		{[]string{"alice", "bob"}, nil, "alice", nil, `exactly one user is required, and there are "alice" and "bob"`},
		{nil, nil, "", nil, "exactly one user is required"},
		{nil, []string{"Alice"}, "Alice", []string{}, `USER: "Alice" has capital letters, and user IDs are lowercase`},
	} {
		u := OneUser{named: tt.named}
		rest, err := u.Take(tt.args)
		if u.ID != tt.id || !slices.Equal(rest, tt.rest) || message(err) != tt.err {
			t.Errorf("--user %q with %q: %q, %q, %v", tt.named, tt.args, u.ID, rest, err)
		}
	}
}

func TestConversationsOfTheFlags(t *testing.T) {
	alice := func(id string, t roaming.ChatType) roaming.Ref {
		return roaming.Ref{User: "alice", Conversation: id, Type: t}
	}
	for _, tt := range []struct {
		ids  []string
		t    roaming.ChatType
		want []roaming.Ref
		err  string
	}{
		{nil, "", nil, ""},
		{nil, roaming.Group, nil, "--type needs --conversation"},
		{[]string{"bob", "carol"}, "", []roaming.Ref{alice("bob", roaming.Chat), alice("carol", roaming.Chat)}, ""},
		{[]string{"G1"}, roaming.Group, []roaming.Ref{alice("G1", roaming.Group)}, ""},
		{[]string{"bob", "Carol"}, "", nil, `--conversation: "Carol" has capital letters, and user IDs are lowercase`},
	} {
		got, err := Refs("alice", tt.ids, tt.t)
		if diff := cmp.Diff(tt.want, got); diff != "" || message(err) != tt.err {
			t.Errorf("%q of type %q: %v\n%s", tt.ids, tt.t, err, diff)
		}
	}
}

// Without --type, one conversation is a chat, and all are of every type.
func TestOneConversationOrAll(t *testing.T) {
	for _, tt := range []struct {
		id       string
		t, after roaming.ChatType
		one      bool
		err      string
	}{
		{"", "", "", false, ""},
		{"", roaming.Group, roaming.Group, false, ""},
		{"", roaming.Room, roaming.Room, false, "chat rooms are on no list: name one with --conversation"},
		{"bob", "", roaming.Chat, true, ""},
		{"r1", roaming.Room, roaming.Room, true, ""},
		{"Bob", "", roaming.Chat, true, `--conversation: "Bob" has capital letters, and user IDs are lowercase`},
	} {
		got := tt.t
		if one, err := CheckConversations(tt.id, &got); one != tt.one || got != tt.after || message(err) != tt.err {
			t.Errorf("%q of type %q: %v, %q, %v", tt.id, tt.t, one, got, err)
		}
	}
}

func TestIDsOfAFileHaveNoPlace(t *testing.T) {
	for id, want := range map[string]string{
		"": "a user ID is missing", ".": `"." is not a user ID: it would mean another path`, "a\x00b": `"a\x00b" has white space around it or control characters in it`,
		" a": `" a" has white space around it or control characters in it`, "a b": "",
	} {
		if got := message(CheckUser("", id)); got != want {
			t.Errorf("%q: %q, want %q", id, got, want)
		}
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{
		"": 0, "1000": 1000, "999": -1, "1kB": 1000, "1KiB": 1024, " 2 MB ": 2_000_000, "1EiB": 1 << 60, "1.1EiB": -1, "0": -1, "-1kB": -1, "tiny": -1, " ": -1,
	} {
		got, err := ParseSize("--max-size", text)
		if err != nil {
			got = -1
		}
		if got != want {
			t.Errorf("%q: %d, %v, want %d", text, got, err, want)
		}
	}
}
