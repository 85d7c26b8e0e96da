package audit_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/app"
	log "github.com/roamctl/roamctl/internal/audit"
	"github.com/roamctl/roamctl/internal/cmd/audit"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/iostreams"
)

type bench struct {
	app      *app.App
	out, err *bytes.Buffer
	log      *log.Log
}

// newBench has a log of a line a day, from the 20th of November 2026. The last
// two are one command.
func newBench(t *testing.T) bench {
	t.Helper()
	env := map[string]string{"HOME": t.TempDir(), "XDG_STATE_HOME": t.TempDir(), "ROAMCTL_TZ": "UTC"}
	io, _, out, errOut := iostreams.Test()
	a := app.New(io, func(name string) string { return env[name] }, "test")
	day := time.Date(2026, 11, 19, 12, 0, 0, 0, time.UTC)
	a.Now = func() time.Time { return day }
	l, err := a.Audit()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []log.Entry{
		{Operator: "ann", User: "alice", Command: "messages delete", Outcome: log.Done, Reason: "=1+1 \x1b[31mred", Ticket: "OPS-1", RunID: "r1"},
		{Operator: "ben", User: "alice", Command: "messages clear", Outcome: log.Refused},
		{Operator: "ann", User: "bob", Command: "conversations delete", Outcome: log.DryRun},
		{Operator: "eve", User: "zoe", Command: "messages clear", Outcome: log.Started, Ticket: "OPS-2", RunID: "r12-000001"},
		{Operator: "eve", User: "zoe", Command: "messages clear", Outcome: log.Done, Ticket: "OPS-2", RunID: "r12-000001"},
	} {
		day = day.AddDate(0, 0, 1)
		if _, err := l.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	return bench{a, out, errOut, l}
}

func (b bench) run(t *testing.T, args ...string) error {
	t.Helper()
	b.out.Reset()
	fresh := *b.app // the configuration is read once
	cmd := audit.New(&fresh)
	cmd.PersistentFlags().StringP("output", "o", "", "")
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	fresh.Flags = cmd.PersistentFlags()
	cmd.SetArgs(args)
	return cmd.ExecuteContext(t.Context())
}

func TestListSelects(t *testing.T) {
	for name, c := range map[string]struct{ args, want []string }{
		"all":      {nil, []string{"1", "2", "3", "5"}},
		"entries":  {[]string{"--entries"}, []string{"1", "2", "3", "4", "5"}},
		"since":    {[]string{"--since", "2026-11-21"}, []string{"2", "3", "5"}},
		"until":    {[]string{"--until", "2026-11-21"}, []string{"1", "2"}},
		"operator": {[]string{"--operator", "ann"}, []string{"1", "3"}},
		"user":     {[]string{"--user", "alice"}, []string{"1", "2"}},
		"command":  {[]string{"--command", "messages clear"}, []string{"2", "5"}},
		"outcome":  {[]string{"--outcome", "dry_run"}, []string{"3"}},
		"several":  {[]string{"--operator", "ann", "--user", "bob"}, []string{"3"}},
		"ticket":   {[]string{"--ticket", "OPS-2", "--entries"}, []string{"4", "5"}},
		"run":      {[]string{"--run", "r1"}, []string{"1"}},
		"part":     {[]string{"--run", "r12"}, []string{"5"}},
		"limit":    {[]string{"--limit", "2"}, []string{"3", "5"}},
		"no end":   {[]string{"--outcome", "started"}, []string{}},
		"none":     {[]string{"--user", "yan"}, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.app.Global.Columns, b.app.Global.NoHeader = []string{"seq"}, true
			if err := b.run(t, append([]string{"list", "-o", "csv"}, c.args...)...); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, append([]string{}, strings.Fields(b.out.String())...)); diff != "" {
				t.Error(diff)
			}
		})
	}
	b := newBench(t)
	for _, args := range [][]string{{"--outcome", "odd"}, {"--limit", "-1"}, {"--since", "soon"}, {"--since", "2026-11-22", "--until", "2026-11-21"}} {
		if err := b.run(t, append([]string{"list"}, args...)...); err == nil {
			t.Errorf("%v is taken", args)
		}
	}
	if err := b.run(t, "list"); err != nil || strings.Contains(b.out.String(), "\x1b") || !strings.Contains(b.out.String(), "OPERATOR") {
		t.Errorf("%v\n%s", err, b.out)
	}
	if err := b.run(t, "list", "-o", "json"); err != nil || !strings.Contains(b.out.String(), `"run_id"`) {
		t.Errorf("%v\n%s", err, b.out)
	}
}

func TestVerify(t *testing.T) {
	b := newBench(t)
	if err := b.run(t, "verify"); err != nil || !strings.HasPrefix(b.out.String(), "5 entries") {
		t.Fatalf("%v\n%s", err, b.out)
	}
	if err := b.run(t, "verify", b.log.Path(), "-o", "ndjson"); err != nil || !strings.Contains(b.out.String(), `"entries":5,"intact":true`) {
		t.Fatalf("%v\n%s", err, b.out)
	}
	text, err := os.ReadFile(b.log.Path())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(b.log.Path(), bytes.Replace(text, []byte(`"refused"`), []byte(`"done"`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	err = b.run(t, "verify")
	if fault.ExitCode(err) != 10 || !strings.Contains(err.Error(), "line 2 of") || b.out.Len() > 0 {
		t.Errorf("got %v\n%s", err, b.out)
	}
	err = b.run(t, "list", "-o", "ndjson")
	if fault.KindOf(err) != fault.Partial || strings.Count(b.out.String(), "\n") != 3 || !strings.Contains(b.err.String(), "line 2 of") {
		t.Errorf("got %v\n%s%s", err, b.out, b.err)
	}
}

// A file without an entry is no audit log that could be intact.
func TestVerifyRefusesOtherFiles(t *testing.T) {
	b := newBench(t)
	for _, text := range []string{"", "garbage", "garbage without an end"} {
		path := filepath.Join(t.TempDir(), "audit.ndjson")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := b.run(t, "verify", path); fault.KindOf(err) != fault.Safety {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A log that does not exist is not intact: the path may be wrong.
func TestVerifyRefusesAMissingLog(t *testing.T) {
	b := newBench(t)
	head := strings.TrimSuffix(b.log.Path(), ".ndjson") + ".head"
	if err := os.Remove(head); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(b.log.Path()); err != nil {
		t.Fatal(err)
	}
	err := b.run(t, "verify")
	if fault.ExitCode(err) != 5 || !strings.Contains(err.Error(), "there is no audit log at "+b.log.Path()) || b.out.Len() > 0 {
		t.Errorf("got %v\n%s", err, b.out)
	}
	if err := b.run(t, "list", "-o", "json"); err != nil {
		t.Errorf("list: %v", err)
	}
}
