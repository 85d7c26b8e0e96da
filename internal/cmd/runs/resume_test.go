package runs_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
	"github.com/roamctl/roamctl/internal/ledger"
	journal "github.com/roamctl/roamctl/internal/runs"
)

// interruptedRun is a run of the sandbox's alice that was killed before it
// decided on its calls, in a home with a sandbox; and the store that has it.
func interruptedRun(t *testing.T, h *cmdtest.Home) (*journal.Store, string, string) {
	t.Helper()
	appKey := h.OK("sandbox", "info", "-o", "json", "--jq", ".app_key")
	appKey = appKey[:len(appKey)-1]
	store := journal.NewStore(filepath.Join(h.Env["HOME"], ".local", "state", "roamctl", "runs"), time.Now)
	run, err := store.Start(t.Context(), map[string]any{
		"job": map[string]any{
			"command": "messages delete", "user": "alice", "batch_size": 50,
			"targets": []map[string]any{{"user": "alice", "conversation": "bob", "type": "chat", "through": "2026-01-01T00:00:00.000Z"}},
		},
		"backup_dir": t.TempDir(), "verify": "none",
	}, journal.Summary{Command: "messages delete", User: "alice", Profile: "sandbox", AppKey: appKey})
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
	return store, run.ID(), appKey
}

func TestAResumeThatIsLockedOutCanBeTriedAgain(t *testing.T) {
	h := cmdtest.New(t)
	h.OK("conversations", "list", "-u", "alice", "--sandbox")
	store, id, appKey := interruptedRun(t, h)
	unlock, err := store.Lock(appKey+"/alice", "")
	if err != nil {
		t.Fatal(err)
	}
	h.Run("runs", "resume", id, "--yes", "--sandbox").Want(t, 10, "is being worked on")
	h.Run("audit", "list", "-o", "ndjson", "--jq", ".outcome").Want(t, 0, "refused")
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	h.Run("runs", "list", "--state", "interrupted").Want(t, 0, id)
	h.Run("runs", "resume", id, "--yes", "--sandbox").Want(t, 0)
	h.Run("runs", "list", "--state", "done").Want(t, 0, id)
}

func TestAProtectedProfileForbidsYesWhenResuming(t *testing.T) {
	h := cmdtest.New(t)
	h.OK("conversations", "list", "-u", "alice", "--sandbox")
	_, id, _ := interruptedRun(t, h)
	h.WriteConfig("profiles:\n  default:\n    protected: true\n")
	h.Type("", "runs", "resume", id, "--yes", "--sandbox").Want(t, 10, "forbids --yes")
	h.Type("alice\n", "runs", "resume", id, "--sandbox").Want(t, 0)
}

// A run over all users that was stopped before it knew them all says so.
func TestShowSaysThatNotAllUsersAreListed(t *testing.T) {
	h := cmdtest.New(t)
	h.Run("messages", "clear", "--all-users", "--max-calls", "1", "--yes", "--sandbox").Want(t, 8, "runs resume")
	id := strings.TrimSpace(h.OK("runs", "list", "-o", "ndjson", "--jq", ".id"))
	h.Run("runs", "show", id).Want(t, 0, "of 0 users listed so far", "continues with 0 users and all that are not listed yet")
	h.Run("runs", "show", id, "-o", "json", "--jq", ".all_listed").Want(t, 0, "false")
	h.OK("runs", "resume", id, "--yes", "--sandbox")
	h.Run("runs", "show", id, "-o", "json", "--jq", `"\(.all_listed) \(.users.users) \(.users.done)"`).Want(t, 0, "true 8 8")
}

// What a killed process leaves of a run that did nothing is no run: nothing is
// said of a ledger that is gone.
func TestAKilledRunThatDidNothingIsNotListed(t *testing.T) {
	h := cmdtest.New(t)
	h.OK("conversations", "list", "-u", "alice", "--sandbox")
	store, _, appKey := interruptedRun(t, h)
	summary := journal.Summary{Command: "messages clear", Many: true, Profile: "sandbox", AppKey: appKey}
	killed := func(point string, leave func(run *journal.Run)) {
		t.Helper()
		run, err := store.Start(t.Context(), map[string]any{"bulk": true, "command": "messages clear", "deletion": map[string]any{}}, summary)
		if err != nil {
			t.Fatal(err)
		}
		leave(run)
		if got := h.OK("runs", "list", "-o", "ndjson", "--jq", `select(.id == "`+run.ID()+`")`); got != "" {
			t.Errorf("killed %s, it is listed: %s", point, got)
		}
		got := h.Run("runs", "show", run.ID())
		if got.Code == 0 || strings.Contains(got.Err, "ledger") {
			t.Errorf("killed %s: exit %d, %s", point, got.Code, got.Err)
		}
	}
	killed("while it was discarded", func(run *journal.Run) {
		if err := errors.Join(run.Close(), os.Remove(filepath.Join(run.Dir(), "journal.ndjson"))); err != nil {
			t.Fatal(err)
		}
	})
	killed("before its beginning was written", func(run *journal.Run) {
		if err := errors.Join(run.Close(), os.Truncate(filepath.Join(run.Dir(), "journal.ndjson"), 10)); err != nil {
			t.Fatal(err)
		}
	})
}

// A dry run that was killed has nothing to resume.
func TestShowOfAKilledDryRun(t *testing.T) {
	h := cmdtest.New(t)
	h.OK("conversations", "list", "-u", "alice", "--sandbox")
	store, _, appKey := interruptedRun(t, h)
	run, err := store.Begin(t.Context(), journal.Summary{Command: "messages clear", Many: true, Profile: "sandbox", AppKey: appKey}, func(j journal.Journal) (any, error) {
		l, err := ledger.Open(t.Context(), ledger.Path(j.Dir()))
		if err != nil {
			return nil, err
		}
		return map[string]any{"bulk": true, "command": "messages clear", "fleeting": true, "deletion": map[string]any{}}, l.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
	h.Run("runs", "show", run.ID()).Want(t, 0, "nothing was deleted; start the command again")
	h.Run("runs", "resume", run.ID(), "--yes", "--sandbox").Want(t, 10, "nothing to go on with")
}

// A journal that was rewritten, checksums included, makes no run act on what it
// was not started for.
func TestAJournalThatGoesBeyondItsIntentIsRefused(t *testing.T) {
	h := cmdtest.New(t)
	before := h.OK("messages", "fetch", "-u", "carol", "-c", "bob", "--all", "-o", "ndjson", "--sandbox")
	store, id, _ := interruptedRun(t, h)
	run, err := store.Open(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	err = run.Append("calls", map[string]any{"calls": []map[string]any{{
		"number": 1, "op": "delete_through", "through": "2026-01-01T00:00:00.000Z",
		"ref": map[string]any{"user": "carol", "conversation": "bob", "type": "chat"},
	}}, "frozen": []any{}})
	if err := errors.Join(err, run.Close()); err != nil {
		t.Fatal(err)
	}
	h.Run("runs", "resume", id, "--yes", "--sandbox").Want(t, 10, "the run was not started for that")
	if after := h.OK("messages", "fetch", "-u", "carol", "-c", "bob", "--all", "-o", "ndjson", "--sandbox"); before == "" || after != before {
		t.Errorf("carol had\n%s, and has\n%s", before, after)
	}
}

// The users of a run over many are those that it began with.
func TestALedgerWithAnotherUserIsRefused(t *testing.T) {
	h := cmdtest.New(t)
	h.Run("messages", "clear", "-u", "alice", "-u", "bob", "--max-calls", "1", "--yes", "--sandbox").Want(t, 8, "runs resume")
	id := strings.TrimSpace(h.OK("runs", "list", "-o", "ndjson", "--jq", ".id"))
	l, err := ledger.Open(t.Context(), ledger.Path(filepath.Join(h.Env["HOME"], ".local", "state", "roamctl", "runs", id)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = l.Add(t.Context(), []ledger.User{{ID: "carol"}})
	if err := errors.Join(err, l.Close()); err != nil {
		t.Fatal(err)
	}
	h.Run("runs", "resume", id, "--yes", "--sandbox").Want(t, 10, "does not have the users that it began with")
}

// A run whose intent is not that of a run over many, though it says so.
func TestAnInventedIntentIsRefused(t *testing.T) {
	h := cmdtest.New(t)
	h.OK("conversations", "list", "-u", "alice", "--sandbox")
	store, _, appKey := interruptedRun(t, h)
	for _, intent := range []map[string]any{
		{}, {"bulk": true}, {"deletion": map[string]any{}}, {"bulk": true, "deletion": map[string]any{}, "export": map[string]any{}},
	} {
		run, err := store.Start(t.Context(), intent, journal.Summary{Many: true, Profile: "sandbox", AppKey: appKey})
		if err == nil {
			err = run.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		h.Run("runs", "resume", run.ID(), "--yes", "--sandbox").Want(t, 10, "intent can't be read")
	}
	run, err := store.Start(t.Context(), map[string]any{"job": map[string]any{"user": "alice", "batch_size": 50}, "verify": "none"},
		journal.Summary{User: "carol", Profile: "sandbox", AppKey: appKey})
	if err == nil {
		err = run.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	h.Run("runs", "resume", run.ID(), "--yes", "--sandbox").Want(t, 10, "is said to be about carol")
}

// A resumed run tells of what it does itself, and counts what was done before.
func TestAResumeTellsOfWhatItDidItself(t *testing.T) {
	h := cmdtest.New(t)
	ids := strings.Fields(h.OK("messages", "fetch", "-u", "alice", "-c", "bob", "--limit", "3", "-o", "ndjson", "--jq", ".id", "--sandbox"))
	begun := func() string {
		t.Helper()
		store, id, _ := interruptedRun(t, h)
		run, err := store.Open(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		call := func(number int, ids ...string) map[string]any {
			return map[string]any{"number": number, "op": "delete_ids", "ids": ids, "ref": map[string]any{"user": "alice", "conversation": "bob", "type": "chat"}}
		}
		err = errors.Join(
			run.Append("calls", map[string]any{"calls": []any{call(1, ids[0], ids[1]), call(2, ids[2])}, "frozen": []any{}}),
			run.Append("sent", map[string]any{"number": 1}),
			run.Append("answered", map[string]any{"number": 1, "status": "accepted"}), run.Close())
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	got := h.Run("runs", "resume", begun(), "--yes", "--sandbox")
	got.Want(t, 0, "call 2 of 2", "deleted 1 message of alice, and 2 before the run was interrupted")
	if strings.Contains(got.Err, "call 1 of 2") {
		t.Errorf("it tells of what an earlier process did:\n%s", got.Err)
	}
	h.Run("runs", "resume", begun(), "--yes", "--sandbox", "-o", "json", "--jq", `"\(.accepted) \(.accepted_before) \(.batches | length) \(.state)"`).
		Want(t, 0, "1 2 1 done")
	h.Run("audit", "list", "-o", "ndjson", "--jq", `select(.outcome == "done") | "\(.counts.deleted) \(.counts.failed)"`).Want(t, 0, "1 0")
}
