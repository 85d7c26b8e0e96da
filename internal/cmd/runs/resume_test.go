package runs_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
	"github.com/roamctl/roamctl/internal/run"
)

// interruptedRun is a run of the sandbox's alice that was killed before it
// decided on its calls, in a home with a sandbox; and the store that has it.
func interruptedRun(t *testing.T, h *cmdtest.Home) (*run.Store, string, string) {
	t.Helper()
	appKey := h.OK("sandbox", "info", "-o", "json", "--jq", ".app_key")
	appKey = appKey[:len(appKey)-1]
	store := run.NewStore(filepath.Join(h.Env["HOME"], ".local", "state", "roamctl", "runs"), time.Now)
	r := beginRun(t, store, alice(appKey), intentOf(map[string]any{
		"command": "messages delete", "user": "alice", "batch_size": 50,
		"targets": []map[string]any{{"user": "alice", "conversation": "bob", "type": "chat", "through": "2026-01-01T00:00:00.000Z"}},
	}, t.TempDir()), "alice")
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return store, r.ID(), appKey
}

func alice(appKey string) run.Summary {
	return run.Summary{Command: "messages delete", User: "alice", Profile: "sandbox", AppKey: appKey}
}

// intentOf is the intent of a deletion.
func intentOf(job map[string]any, backups string) map[string]any {
	return map[string]any{"command": job["command"], "deletion": map[string]any{"settings": map[string]any{"job": job, "backup_dir": backups, "verify": "none"}}}
}

// beginRun begins a run with a job for each user, whose intent gets their digest.
func beginRun(t *testing.T, store *run.Store, s run.Summary, intent map[string]any, users ...string) *run.Run {
	t.Helper()
	r, err := store.Begin(t.Context(), s, func(r *run.Run) (any, error) {
		jobs := make([]run.Job, len(users))
		for i, u := range users {
			jobs[i].User = u
		}
		if _, err := r.Add(t.Context(), jobs); err != nil {
			return nil, err
		}
		digest, err := r.Digest(t.Context())
		intent["users"] = map[string]any{"digest": digest}
		return intent, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestLockedResumeCanBeRetried(t *testing.T) {
	h := cmdtest.New(t)
	h.OK("conversations", "list", "-u", "alice", "--sandbox")
	store, id, appKey := interruptedRun(t, h)
	unlock, err := store.Lock(appKey+"/alice", "")
	if err != nil {
		t.Fatal(err)
	}
	h.Run("runs", "resume", id, "--yes", "--sandbox").Want(t, 10, "is locked")
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

// A process that is killed before its run began, or while it discards it, leaves no
// run that is listed.
func TestAKilledRunThatDidNothingIsNotListed(t *testing.T) {
	h := cmdtest.New(t)
	h.OK("conversations", "list", "-u", "alice", "--sandbox")
	store, _, appKey := interruptedRun(t, h)
	summary := run.Summary{Command: "messages clear", Many: true, Profile: "sandbox", AppKey: appKey}
	for point, leave := range map[string]func(path string) error{
		"while it was discarded":          os.Remove,
		"before its file had a beginning": func(path string) error { return os.Truncate(path, 0) },
	} {
		r := beginRun(t, store, summary, map[string]any{"deletion": map[string]any{}}, "alice", "bob")
		if err := errors.Join(r.Close(), leave(filepath.Join(r.Dir(), "run.db"))); err != nil {
			t.Fatal(err)
		}
		if got := h.OK("runs", "list", "-o", "ndjson", "--jq", `select(.id == "`+r.ID()+`")`); got != "" {
			t.Errorf("killed %s, it is listed: %s", point, got)
		}
		h.Run("runs", "show", r.ID()).Want(t, 3, "killed before it began")
	}
}

// Runs in the format of an earlier version are refused by name, and counted in the
// list, which shows the others.
func TestOldRunsAreRefused(t *testing.T) {
	h := cmdtest.New(t)
	h.OK("conversations", "list", "-u", "alice", "--sandbox")
	_, id, _ := interruptedRun(t, h)
	old := filepath.Join(h.Env["HOME"], ".local", "state", "roamctl", "runs", "20251101T000000-000000")
	if err := os.Mkdir(old, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(old, "journal.ndjson"), []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	h.Run("runs", "list").Want(t, 0, id, "not shown: 1 run that an earlier version of roamctl wrote")
	for _, args := range [][]string{{"runs", "show"}, {"runs", "resume", "--yes", "--sandbox"}, {"restore", "--sandbox"}} {
		h.Run(append(args, filepath.Base(old))...).Want(t, 3, "cannot read run "+filepath.Base(old), "earlier version")
	}
}

// A dry run that was killed has nothing to resume.
func TestShowOfAKilledDryRun(t *testing.T) {
	h := cmdtest.New(t)
	h.OK("conversations", "list", "-u", "alice", "--sandbox")
	store, _, appKey := interruptedRun(t, h)
	r := beginRun(t, store, run.Summary{Command: "messages clear", Many: true, Profile: "sandbox", AppKey: appKey},
		map[string]any{"command": "messages clear", "dry_run": true, "deletion": map[string]any{}}, "alice", "bob")
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	h.Run("runs", "show", r.ID()).Want(t, 0, "nothing was changed; start the command again")
	h.Run("runs", "resume", r.ID(), "--yes", "--sandbox").Want(t, 10, "nothing to resume")
}

// A journal that was rewritten, checksums included, makes no run act on what it
// was not started for.
func TestAJournalThatGoesBeyondItsIntentIsRefused(t *testing.T) {
	h := cmdtest.New(t)
	before := h.OK("messages", "fetch", "-u", "carol", "-c", "bob", "--all", "-o", "ndjson", "--sandbox")
	store, id, _ := interruptedRun(t, h)
	r, err := store.Open(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	err = r.Journal(alice(""), 1).Append("calls", map[string]any{"calls": []map[string]any{{
		"number": 1, "op": "delete_through", "through": "2026-01-01T00:00:00.000Z",
		"ref": map[string]any{"user": "carol", "conversation": "bob", "type": "chat"},
	}}, "frozen": []any{}})
	if err := errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	h.Run("runs", "resume", id, "--yes", "--sandbox").Want(t, 10, "which is not part of the run")
	if after := h.OK("messages", "fetch", "-u", "carol", "-c", "bob", "--all", "-o", "ndjson", "--sandbox"); before == "" || after != before {
		t.Errorf("carol had\n%s, and has\n%s", before, after)
	}
}

// The users of a run are those that it began with.
func TestARunWithAnotherUserIsRefused(t *testing.T) {
	h := cmdtest.New(t)
	for _, users := range [][]string{{"-u", "alice"}, {"-u", "alice", "-u", "bob"}} {
		h.Run(append(append([]string{"messages", "clear"}, users...), "--max-calls", "1", "--yes", "--sandbox")...).Want(t, 8, "runs resume")
		id := strings.TrimSpace(h.OK("runs", "list", "-o", "ndjson", "--jq", ".id", "--limit", "1"))
		db, err := run.CreateTemporary(t.Context(), filepath.Join(h.Env["HOME"], ".local", "state", "roamctl", "runs", id, "run.db"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = db.Add(t.Context(), []run.Job{{User: "carol"}})
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		h.Run("runs", "resume", id, "--yes", "--sandbox").Want(t, 10, "its file has other users than it was started with")
	}
}

// An intent that no command writes begins nothing.
func TestAnInventedIntentIsRefused(t *testing.T) {
	h := cmdtest.New(t)
	h.OK("conversations", "list", "-u", "alice", "--sandbox")
	store, _, appKey := interruptedRun(t, h)
	resume := func(s run.Summary, intent map[string]any, want string, users ...string) {
		t.Helper()
		r := beginRun(t, store, s, intent, users...)
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		h.Run("runs", "resume", r.ID(), "--yes", "--sandbox").Want(t, 10, want)
	}
	for _, intent := range []map[string]any{
		{}, {"deletion": map[string]any{}, "export": map[string]any{}},
	} {
		resume(run.Summary{Many: true, Profile: "sandbox", AppKey: appKey}, intent, "cannot read the run's intent", "alice")
	}
	for user, job := range map[string]string{"alice": "carol", "carol": "alice"} {
		intent := intentOf(map[string]any{"user": user, "batch_size": 50}, "")
		resume(run.Summary{User: "carol", Profile: "sandbox", AppKey: appKey}, intent, "is for user carol, but its job is for alice", job)
	}
}

// A resumed run prints its own calls, and counts those of earlier runs.
func TestResumeReportsOnlyItsOwnCalls(t *testing.T) {
	h := cmdtest.New(t)
	ids := strings.Fields(h.OK("messages", "fetch", "-u", "alice", "-c", "bob", "--limit", "3", "-o", "ndjson", "--jq", ".id", "--sandbox"))
	begun := func() string {
		t.Helper()
		store, id, _ := interruptedRun(t, h)
		r, err := store.Open(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		journal := r.Journal(alice(""), 1)
		call := func(number int, ids ...string) map[string]any {
			return map[string]any{"number": number, "op": "delete_ids", "ids": ids, "ref": map[string]any{"user": "alice", "conversation": "bob", "type": "chat"}}
		}
		err = errors.Join(
			journal.Append("calls", map[string]any{"calls": []any{call(1, ids[0], ids[1]), call(2, ids[2])}, "frozen": []any{}}),
			journal.Append("sent", map[string]any{"number": 1}),
			journal.Append("answered", map[string]any{"number": 1, "status": "accepted"}), r.Close())
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	got := h.Run("runs", "resume", begun(), "--yes", "--sandbox")
	got.Want(t, 0, "call 2 of 2", "deleted 1 message of alice, and 2 before the run was interrupted")
	if strings.Contains(got.Err, "call 1 of 2") {
		t.Errorf("it reports calls of an earlier process:\n%s", got.Err)
	}
	h.Run("runs", "resume", begun(), "--yes", "--sandbox", "-o", "json", "--jq", `"\(.accepted) \(.accepted_before) \(.batches | length) \(.state)"`).
		Want(t, 0, "1 2 1 done")
	h.Run("audit", "list", "-o", "ndjson", "--jq", `select(.outcome == "done") | "\(.counts.deleted) \(.counts.failed)"`).Want(t, 0, "1 0")
}
