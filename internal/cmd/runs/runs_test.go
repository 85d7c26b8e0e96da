package runs_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/runs"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/iostreams"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

type bench struct {
	app   *app.App
	out   *bytes.Buffer
	err   *bytes.Buffer
	store *run.Store
	state string
}

func newBench(t *testing.T) bench {
	t.Helper()
	env := map[string]string{"HOME": t.TempDir(), "XDG_STATE_HOME": t.TempDir(), "ROAMCTL_TZ": "UTC"}
	io, _, out, errOut := iostreams.Test()
	a := app.New(io, func(name string) string { return env[name] }, "test")
	a.Now = func() time.Time { return time.Date(2026, 11, 23, 14, 30, 12, 0, time.UTC) }
	store, err := a.Runs()
	if err != nil {
		t.Fatal(err)
	}
	return bench{a, out, errOut, store, env["XDG_STATE_HOME"]}
}

func (b bench) run(t *testing.T, args ...string) error {
	t.Helper()
	b.out.Reset()
	fresh := *b.app // the configuration is read once
	cmd := runs.New(&fresh)
	cmd.PersistentFlags().StringP("output", "o", "", "")
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	fresh.Flags = cmd.PersistentFlags()
	cmd.SetArgs(args)
	return cmd.ExecuteContext(t.Context())
}

type event struct {
	kind string
	data any
}

type fields = map[string]any

// journalled is a run over one user with these events of its job, that no process
// carries out. The run has ended as its job has.
func (b bench) journalled(t *testing.T, events ...event) string {
	t.Helper()
	summary := run.Summary{
		Command: "messages delete", User: "alice", Conversation: "bob", Type: roaming.Chat, Profile: "prod", AppKey: "org#app", Operator: "ops",
	}
	r, err := b.store.Begin(t.Context(), summary, func(r *run.Run) (any, error) {
		_, err := r.Add(t.Context(), []run.Job{{User: "alice"}})
		return fields{"user": "alice"}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		err := r.Journal(summary, 1).Append(e.kind, e.data)
		if e.kind == "finished" {
			err = errors.Join(err, r.End(run.Finish{State: run.State(fmt.Sprint(e.data.(fields)["state"]))}))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return r.ID()
}

func TestShowExplains(t *testing.T) {
	backup := event{"backup", fields{"path": "/b/1\x1b[31m", "digest": "d1", "messages": 120}}
	calls := event{"calls", fields{"calls": []fields{{"number": 1}, {"number": 2}, {"number": 3}}}}
	sent := func(n int) event { return event{"sent", fields{"number": n}} }
	answered := func(n int, status, err string) event {
		return event{"answered", fields{"number": n, "status": status, "error": err}}
	}
	finished := func(state string) event { return event{"finished", fields{"state": state}} }
	for name, c := range map[string]struct {
		events []event
		want   []string
	}{
		"killed at once": {nil, []string{
			"interrupted", "messages delete, conversation bob (chat), on the history of alice, by ops", "started 2026-11-23T14:30:12.000Z",
			"there is no backup yet", "nothing was sent, so nothing was changed", "makes the backup",
		}},
		"killed in the middle": {[]event{backup, calls, sent(1), answered(1, "accepted", ""), sent(2)}, []string{
			"120 messages backed up", `/b/1\x1b[31m`, "digest d1", "of 3 calls: 1 accepted; 1 sent, and the answer never came; 1 not sent", "sends 2 calls",
		}},
		"killed before it looked": {[]event{calls, sent(1), answered(1, "accepted", ""), sent(2), answered(2, "accepted", ""), sent(3), answered(3, "accepted", "")}, []string{
			"no backup was made", "of 3 calls: 3 accepted", "sends nothing more",
		}},
		"a call failed": {[]event{backup, calls, sent(1), answered(1, "failed", "it said no"), finished("partly_done")}, []string{
			"partly_done", "0 accepted; 1 failed; 2 not sent", "call 1: it said no", "sends 3 calls",
		}},
		"done": {[]event{backup, calls, sent(1), answered(1, "accepted", ""), {"verified", fields{"deleted": 118, "still_visible": []string{"7", "8"}, "unknown": []string{}, "peer": "peer_intact"}}, finished("done")}, []string{
			"verified: 118 deleted, 2 still visible, 0 unknown; the other side: peer_intact", "What is left:\n  nothing\n",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			if err := b.run(t, "show", b.journalled(t, c.events...)); err != nil {
				t.Fatal(err)
			}
			for _, part := range c.want {
				if !strings.Contains(strings.ReplaceAll(b.out.String(), "\u241b", `\x1b`), part) {
					t.Errorf("%q is missing in:\n%s", part, b.out)
				}
			}
			if strings.Contains(b.out.String(), "\x1b") {
				t.Error("an escape came through")
			}
		})
	}
}

func TestShowAsData(t *testing.T) {
	b := newBench(t)
	id := b.journalled(t, event{"calls", fields{"calls": []fields{{"number": 1}}}})
	if err := b.run(t, "show", id[:17], "-o", "ndjson"); err != nil {
		t.Fatal(err)
	}
	got := strings.ReplaceAll(b.out.String(), id, "ID")
	want := `{"id":"ID","command":"messages delete","user":"alice","conversation":"bob","type":"chat","profile":"prod","app_key":"org#app","operator":"ops",` +
		`"started":"2026-11-23T14:30:12.000Z","updated":"2026-11-23T14:30:12.000Z","state":"interrupted","intent":{"user":"alice"},"backup":null,` +
		`"calls":{"total":1,"accepted":0,"failed":0,"unanswered":0,"not_sent":1},"failures":[],"verified":null,` +
		`"next":"roamctl runs resume ID sends 1 call (to send one again does no harm) and checks that the messages are gone"}` + "\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, format := range []string{"json", "yaml", "csv"} {
		if err := b.run(t, "show", id, "-o", format); err != nil || !strings.Contains(b.out.String(), id) {
			t.Errorf("%s: %v\n%s", format, err, b.out)
		}
	}
}

func TestDamageIsReportedAfterTheReadableEvents(t *testing.T) {
	b := newBench(t)
	id := b.journalled(t, event{"backup", fields{"path": "/b/1"}}, event{"calls", fields{}}, event{"sent", fields{"number": 1}})
	other := b.journalled(t)
	change := func(statement string) {
		t.Helper()
		db, err := sql.Open("sqlite", filepath.Join(b.state, "roamctl", "runs", id, "run.db"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = db.ExecContext(t.Context(), statement)
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
	}
	change("UPDATE events SET kind = 'cells' WHERE kind = 'calls'")
	err := b.run(t, "show", id)
	if fault.KindOf(err) != fault.Safety || !strings.Contains(err.Error(), "event 2 of") || !strings.Contains(b.out.String(), "/b/1") {
		t.Errorf("%v\n%s", err, b.out)
	}
	change("UPDATE events SET kind = 'begun' WHERE kind = 'started'")
	err = b.run(t, "list", "-o", "csv")
	if fault.KindOf(err) != fault.Partial || !strings.Contains(b.out.String(), other) || !strings.Contains(b.err.String(), "event 1 of") {
		t.Errorf("%v\n%s%s", err, b.out, b.err)
	}
}

func TestListSelects(t *testing.T) {
	b := newBench(t)
	open, done := b.journalled(t), b.journalled(t, event{"finished", fields{"state": "done"}})
	for args, want := range map[string][]string{
		"list":                     {open, done},
		"list --state interrupted": {open},
		"list --state done":        {done},
		"list --user bob":          nil,
		"list --limit 1":           {done},
		"list --limit 2":           {open, done},
		"list --since 2026-11-23":  {open, done},
		"list --since 2026-11-24":  nil,
	} {
		if err := b.run(t, append(strings.Fields(args), "-o", "json")...); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{open, done} {
			listed := strings.Contains(b.out.String(), id)
			if wanted := strings.Contains(strings.Join(want, " "), id); listed != wanted {
				t.Errorf("%s: %s listed %v, want %v", args, id, listed, wanted)
			}
		}
	}
	for args, note := range map[string]bool{"list --limit 1": true, "list --limit 2": false} {
		b.err.Reset()
		if err := b.run(t, strings.Fields(args)...); err != nil || strings.Contains(b.err.String(), "--limit") != note {
			t.Errorf("%s: %v\n%s", args, err, b.err)
		}
	}
	for _, args := range []string{"list --limit -1", "list --since soon"} {
		if err := b.run(t, strings.Fields(args)...); fault.KindOf(err) != fault.Usage {
			t.Errorf("%s: %v", args, err)
		}
	}
	if err := b.run(t, "list", "--state", "odd"); err == nil || !strings.Contains(err.Error(), "partly_done") {
		t.Errorf("got %v", err)
	}
	if err := b.run(t, "list"); err != nil || !regexp.MustCompile(`(?m)^ID +STATE +COMMAND`).MatchString(b.out.String()) {
		t.Errorf("%v\n%s", err, b.out)
	}
	if err := b.run(t, "show", "1999"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("got %v", err)
	}
}
