package users

import (
	"strings"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/audit"
	"github.com/roamctl/roamctl/internal/iostreams"
)

// newGatherer returns what explain reads by, with the flags of a command line.
func newGatherer(t *testing.T, flags string) (g *gatherer, errOut func() string) {
	t.Helper()
	io, _, _, stderr := iostreams.Test()
	home := t.TempDir()
	a := app.New(io, func(name string) string { return map[string]string{"HOME": home}[name] }, "test")
	cmd := newExplain(a)
	if err := cmd.ParseFlags(strings.Fields(flags)); err != nil {
		t.Fatal(err)
	}
	a.Flags = cmd.Flags()
	return &gatherer{app: a, options: &explainOptions{}, now: at(t, "2026-11-24T12:00:00Z")}, stderr.String
}

func TestExplainOptionsThatAreRefused(t *testing.T) {
	const needs = "needs a conversation"
	for _, tt := range []struct {
		flags   string
		options explainOptions
		want    string
	}{
		{"", explainOptions{}, ""},
		{"", explainOptions{conversation: "bob"}, ""},
		{"--type group", explainOptions{chatType: "group"}, needs},
		{"--with bob", explainOptions{member: "bob"}, needs},
		{"--since 3d", explainOptions{since: "3d"}, needs},
		{"--until 3d", explainOptions{until: "3d"}, needs},
		{"--with bob", explainOptions{conversation: "G1", chatType: "group", member: "bob"}, ""},
		{"--with Bob", explainOptions{conversation: "G1", chatType: "group", member: "Bob"}, `--with: "Bob" has capital letters`},
		{"", explainOptions{conversation: "Bob", chatType: "chat"}, `the conversation: "Bob" has capital letters`},
		{"", explainOptions{conversation: "Bob"}, ""}, // a group may have this ID
		{"", explainOptions{conversation: "a\tb"}, "control characters"},
		{"", explainOptions{conversation: "bob", since: "2026-11-21", until: "2026-11-20"}, "is before --since"},
		{"", explainOptions{conversation: "bob", until: "yesterweek"}, "--until: "},
	} {
		g, _ := newGatherer(t, tt.flags)
		g.app.Now = func() time.Time { return g.now.Time }
		got := ""
		if err := tt.options.check(g.app); err != nil {
			got = err.Error()
		}
		if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s %+v: %q, want %q", tt.flags, tt.options, got, tt.want)
		}
	}
}

func TestExplainRefusesColumnsThatItDoesNotHave(t *testing.T) {
	for _, conversation := range []string{"", "bob"} {
		for column, ok := range map[string]bool{"conversation": true, "issue": conversation == "", "reasons": conversation != "", "none": false} {
			g, _ := newGatherer(t, "")
			g.app.Global.Columns = []string{column}
			o := explainOptions{conversation: conversation}
			if err := o.check(g.app); (err == nil) != ok {
				t.Errorf("conversation %q, column %s: %v", conversation, column, err)
			}
		}
	}
}

// The commands that explain prints are for the same app and archive, and run in a shell.
func TestCommandsOfTheReasons(t *testing.T) {
	for _, tt := range []struct {
		flags, profile string
		sandbox        bool
		command, want  string
	}{
		{"", "", false, "roamctl runs show r", "roamctl runs show r"},
		{"", "", true, "roamctl runs show r", "roamctl runs show r --sandbox"},
		{"", "prod", false, "roamctl runs show r", "roamctl runs show r --profile prod"},
		{"", "a b", false, "roamctl runs show r", "roamctl runs show r --profile 'a b'"},
		{"", "prod", true, "", ""},
		{"", "prod", true, "roamctl archive sync --help", "roamctl archive sync --help"},
		{"--archive a.db", "", false, "roamctl runs show r", "roamctl runs show r"},
		{"--archive a.db", "", false, "roamctl messages fetch --archive", "roamctl messages fetch --archive=a.db"},
		{"--archive a.db", "", true, "roamctl archive status", "roamctl archive status --sandbox --archive=a.db"},
		{"--archive $(x)", "", false, "roamctl archive status", "roamctl archive status --archive='$(x)'"},
	} {
		g, _ := newGatherer(t, tt.flags)
		g.app.Global.Profile, g.app.Global.Sandbox = tt.profile, tt.sandbox
		if got := g.here(tt.command); got != tt.want {
			t.Errorf("%s, profile %q, sandbox %v: %q, want %q", tt.flags, tt.profile, tt.sandbox, got, tt.want)
		}
	}
}

// A command that may have deleted counts, whatever became of it.
func TestEntriesOfTheAuditLogThatDeleted(t *testing.T) {
	for _, tt := range []struct {
		command string
		outcome audit.Outcome
		deleted int
		want    bool
	}{
		{"messages delete", audit.Done, 0, true},
		{"messages delete", audit.Started, 0, true}, // it was killed
		{"messages delete", audit.PartlyDone, 1, true},
		{"messages delete", audit.Interrupted, 0, true},
		{"messages delete", audit.Failed, 0, false},
		{"messages delete", audit.Failed, 1, true},
		{"messages delete", audit.Planned, 9, false},
		{"messages delete", audit.Refused, 9, false},
		{"messages delete", audit.DryRun, 9, false},
		{"restore", audit.Done, 1, false},
		{"archive erase", audit.Done, 1, false},
	} {
		e := audit.Entry{Command: tt.command, Outcome: tt.outcome}
		e.Counts.Deleted = tt.deleted
		if got := hasDeleted(e); got != tt.want {
			t.Errorf("%s, %s, %d deleted: %v", tt.command, tt.outcome, tt.deleted, got)
		}
	}
}

// A message without a time is outside of every bound.
func TestSpanOfSinceAndUntil(t *testing.T) {
	from, to := at(t, "2026-11-20T00:00:00Z").Time, at(t, "2026-11-21T00:00:00Z").Time
	all := archive.Everything()
	for _, tt := range []struct {
		from, to time.Time
		want     archive.Span
	}{
		{time.Time{}, time.Time{}, all},
		{from, time.Time{}, archive.Span{From: from.UnixMilli(), To: all.To}},
		{time.Time{}, to, archive.Span{From: 1, To: to.UnixMilli()}},
		{from, to, archive.Span{From: from.UnixMilli(), To: to.UnixMilli()}},
	} {
		g := gatherer{options: &explainOptions{from: tt.from, to: tt.to}}
		if got := g.span(); got != tt.want {
			t.Errorf("%v to %v: %+v, want %+v", tt.from, tt.to, got, tt.want)
		}
	}
}
