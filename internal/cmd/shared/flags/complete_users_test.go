package flags

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

func TestWhichCommandsReadAnArchive(t *testing.T) {
	live := func(cmd *cobra.Command) { cmd.Flags().Bool("live", false, "") }
	for _, tt := range []struct {
		declare []func(*cobra.Command)
		args    string
		want    bool
	}{
		{nil, "", false},
		{[]func(*cobra.Command){live}, "--live", false},
		{[]func(*cobra.Command){Archive}, "", true},
		{[]func(*cobra.Command){Archive}, "--archive a", true},
		{[]func(*cobra.Command){Archive, live}, "", true},
		{[]func(*cobra.Command){Archive, live}, "--live", false},
		{[]func(*cobra.Command){ArchiveInstead}, "", false},
		{[]func(*cobra.Command){ArchiveInstead}, "--archive", true},
		{[]func(*cobra.Command){ArchiveInstead}, "--archive=a", true},
	} {
		cmd := silent("x")
		for _, declare := range tt.declare {
			declare(cmd)
		}
		if err := cmd.ParseFlags(strings.Fields(tt.args)); err != nil {
			t.Fatal(err)
		}
		if got := readsArchive(cmd); got != tt.want {
			t.Errorf("%d flags and %q: %v", len(tt.declare), tt.args, got)
		}
	}
}

// The demo's users are alice, bob, carol and others.
func TestUsersAreCompleted(t *testing.T) {
	a, errOut := newApp(t)
	a.Global.Sandbox = true
	defer func() { _ = a.Close() }()
	users := func(cmd *cobra.Command, isList bool, prefix string) []cobra.Completion {
		cmd.SetContext(t.Context())
		complete := CompleteUsers(a)
		if isList {
			complete = completeList(complete)
		}
		got, directive := complete(cmd, nil, prefix)
		if directive != cobra.ShellCompDirectiveNoFileComp {
			t.Errorf("%q: directive %d", prefix, directive)
		}
		return got
	}
	all := users(silent("x"), false, "")
	if !slices.Contains(all, "alice") || !slices.Contains(all, "zhangwei") {
		t.Fatalf("offered: %q", all)
	}
	for _, tt := range []struct {
		isList bool
		prefix string
		want   []cobra.Completion
	}{
		{false, "bo", []cobra.Completion{"bob"}},
		{true, "bo", []cobra.Completion{"bob"}},
		{true, "alice,bo", []cobra.Completion{"alice,bob"}},
		{false, "alice,bo", nil},
		{false, "x", nil},
	} {
		if diff := cmp.Diff(tt.want, users(silent("x"), tt.isList, tt.prefix)); diff != "" {
			t.Errorf("%q, list %v:\n%s", tt.prefix, tt.isList, diff)
		}
	}
	// The sandbox's own commands are about another service than the profile's.
	sandbox, send := silent("sandbox"), silent("send")
	sandbox.AddCommand(send)
	if got := users(send, false, ""); len(got) > 0 {
		t.Errorf("a command of the sandbox: %q", got)
	}
	if errOut() != "" {
		t.Errorf("completion writes %q", errOut())
	}
}

// A value is completed by its placeholder, unless the flag has a completion of its own.
func TestFlagsAreCompletedByTheirPlaceholder(t *testing.T) {
	a, _ := newApp(t)
	root, cmd := silent("root"), silent("x")
	root.AddCommand(cmd)
	f := cmd.Flags()
	f.String("file", "", "read this `FILE`")
	f.String("dir", "", "write to this `DIR`")
	f.String("number", "", "stop after `N`")
	f.String("user", "", "of this `USER`")
	Choice(cmd, new(string), "kind", "print this `KIND`", "txt", "img")
	CompleteByPlaceholder(a, root)
	for _, name := range []string{"file", "dir"} {
		if _, ok := cmd.GetFlagCompletionFunc(name); ok {
			t.Errorf("--%s has a completion beside the shell's", name)
		}
	}
	if dir := f.Lookup("dir").Annotations[cobra.BashCompSubdirsInDir]; dir == nil {
		t.Error("--dir is not completed with folders")
	}
	if _, ok := cmd.GetFlagCompletionFunc("user"); !ok {
		t.Error("--user has no completion")
	}
	for name, want := range map[string][]cobra.Completion{"number": nil, "kind": {"txt", "img"}} {
		complete, ok := cmd.GetFlagCompletionFunc(name)
		if !ok {
			t.Errorf("--%s has no completion", name)
			continue
		}
		if got, directive := complete(cmd, nil, ""); !cmp.Equal(got, want) || directive != cobra.ShellCompDirectiveNoFileComp {
			t.Errorf("--%s: %q, directive %d", name, got, directive)
		}
	}
}
