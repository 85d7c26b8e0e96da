package flags

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// silent returns a command that does nothing.
func silent(name string) *cobra.Command {
	cmd := &cobra.Command{Use: name, RunE: func(*cobra.Command, []string) error { return nil }, SilenceErrors: true, SilenceUsage: true}
	cmd.SetOut(io.Discard)
	return cmd
}

func TestOneSourceAndOneQuery(t *testing.T) {
	const unclear = "it is not clear whether"
	for line, want := range map[string]string{
		"":                             "",
		"query":                        "",
		"one two":                      "QUERY is one argument, and there are 2",
		"--archive":                    "",
		"--archive=a.db query":         "",
		"--archive a.db":               unclear,
		"a.db --archive":               unclear,
		"--archive -- query":           "",
		"--backup b query":             "",
		"--backup b --export e":        "if any flags in the group",
		"--archive --export e":         "if any flags in the group",
		"--archive=a.db --backup=b q":  "if any flags in the group",
		"--archive=configured query":   unclear,
		"--archive=a.db --archive=b c": "",
	} {
		cmd := silent("x")
		var from app.From
		Source(cmd, &from)
		cmd.Args = OneQuery
		cmd.RunE = func(cmd *cobra.Command, args []string) error { return checkArchiveInstead(cmd.Flags(), args) }
		cmd.SetArgs(strings.Fields(line))
		if got := message(cmd.Execute()); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

func TestPageSizesAndLimits(t *testing.T) {
	for _, tt := range []struct {
		args        string
		most        int
		size, limit int
		err         string
	}{
		{"", 100, 7, 100, ""}, // the setting
		{"", 5, 5, 5, ""},     // no larger than the service returns
		{"--page-size 1 -n 1", 100, 1, 1, ""},
		{"--page-size 100 --all", 100, 100, 0, ""},
		{"--page-size 0", 100, 0, 100, "--page-size is 0: it must be 1 to 100"},
		{"--page-size 101", 100, 101, 100, "--page-size is 101: it must be 1 to 100"},
		{"-n 0", 100, 7, 0, "--limit is 0: it must be at least 1"},
		{"-n -1", 100, 7, -1, "--limit is -1: it must be at least 1"},
	} {
		a, _ := newApp(t, "ROAMCTL_PAGE_SIZE", "7")
		cmd := silent("x")
		var p Page
		Paging(cmd, &p, tt.most, "things")
		if err := cmd.ParseFlags(strings.Fields(tt.args)); err != nil {
			t.Fatal(err)
		}
		a.Flags = cmd.Flags()
		if err := p.Check(a); p.Size != tt.size || p.Limit() != tt.limit || message(err) != tt.err {
			t.Errorf("%q: page size %d, limit %d, %v", tt.args, p.Size, p.Limit(), err)
		}
	}
}

// A listing of what is on this machine has no page size that could be refused.
func TestLimitsOfLocalListings(t *testing.T) {
	a, _ := newApp(t)
	cmd := silent("x")
	var p Page
	Local(cmd, &p, 20, "things")
	a.Flags = cmd.Flags()
	if err := p.Check(a); p.Limit() != 20 || err != nil {
		t.Errorf("limit %d, %v", p.Limit(), err)
	}
}

func TestColumnsAndFormatsAreCompleted(t *testing.T) {
	view := render.View[string]{Columns: []render.Column[string]{{Name: "id"}, {Name: "name"}, {Name: "names"}}}
	plain, messages := silent("plain"), silent("messages")
	plain.Long = "Text."
	Columns(plain, view)
	view.Message = func(string) roaming.Message { return roaming.Message{} }
	Columns(messages, view)
	if plain.Long != "Text.\n\nColumns: id, name, names." || messages.Long != "" {
		t.Errorf("%q, %q", plain.Long, messages.Long)
	}
	for prefix, want := range map[string][]cobra.Completion{
		"": {"id", "name", "names"}, "name,": {"name,id", "name,names"}, "name,i": {"name,id", "name,names"}, "names,id,": {"names,id,name"},
	} {
		if got, _ := CompleteColumns(plain, nil, prefix); !cmp.Equal(got, want) {
			t.Errorf("%q is completed to %q, want %q", prefix, got, want)
		}
	}
	if got, _ := CompleteColumns(silent("x"), nil, ""); len(got) > 0 {
		t.Errorf("a command without columns: %q", got)
	}
	offers := func(cmd *cobra.Command) bool {
		got, _ := CompleteFormats(cmd, nil, "")
		return strings.Contains(","+strings.Join(got, ",")+",", ",transcript,") && len(got) > 3
	}
	if offers(plain) || !offers(messages) {
		t.Error("a transcript is offered for other lists than those of messages")
	}
}
