package restore_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
	"github.com/roamctl/roamctl/internal/restore"
	"github.com/roamctl/roamctl/internal/run"
)

// deleted is a home whose sandbox had a deletion, and the run's ID. With both,
// both sides lost the messages.
func deleted(t *testing.T, both bool) (*cmdtest.Home, string) {
	t.Helper()
	h := cmdtest.New(t)
	h.OK("messages", "delete", "-u", "alice", "-c", "bob", "--before", "2100-01-01", "--yes", "--sandbox")
	if both {
		h.OK("messages", "delete", "-u", "bob", "-c", "alice", "--before", "2100-01-01", "--yes", "--no-backup", "--sandbox")
	}
	list := h.OK("runs", "list", "-o", "ndjson", "--jq", `select(.user == "alice") | .id`)
	return h, strings.Trim(strings.TrimSpace(list), `"`)
}

func state(h *cmdtest.Home) string {
	return filepath.Join(h.Env["HOME"], ".local", "state", "roamctl")
}

func visible(h *cmdtest.Home, user, peer string) int {
	return strings.Count(h.OK("messages", "fetch", "-u", user, "-c", peer, "--all", "--sandbox", "-o", "ndjson"), "\n")
}

func total(t *testing.T, out string) restore.Counts {
	t.Helper()
	var r restore.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err, out)
	}
	return r.Total
}

func expect(t *testing.T, r cmdtest.Result, code int, words ...string) {
	t.Helper()
	if r.Code != code {
		t.Errorf("exit %d, want %d: %s", r.Code, code, r.Err)
	}
	for _, w := range words {
		if !strings.Contains(r.Out+r.Err, w) {
			t.Errorf("%q is missing:\n%s%s", w, r.Out, r.Err)
		}
	}
}

func TestAfterOneWayDeletion(t *testing.T) {
	h, id := deleted(t, false)
	before := visible(h, "bob", "alice")
	expect(t, h.Run("restore", id, "--sandbox"), 0, "PEER HAS", "one-way", "--allow-duplicates", "nothing to restore")
	expect(t, h.Run("restore", id, "--yes", "--sandbox"), 10, "nothing was restored", "--allow-duplicates")
	if a, b := visible(h, "alice", "bob"), visible(h, "bob", "alice"); a != 0 || b != before {
		t.Errorf("alice sees %d, bob %d", a, b)
	}
	expect(t, h.Run("restore", id, "--allow-duplicates", "--sandbox"), 0, "twice", "nothing was sent")
	expect(t, h.Run("restore", id, "--allow-duplicates", "--yes", "--sandbox"), 0, "restored")
	if a, b := visible(h, "alice", "bob"), visible(h, "bob", "alice"); a != before || b != 2*before {
		t.Errorf("alice sees %d, bob %d", a, b)
	}
	h.OK("audit", "verify")
}

func TestTwiceRestoresOnce(t *testing.T) {
	h, id := deleted(t, true)
	preview := total(t, h.OK("restore", id, "--sandbox", "-o", "json"))
	if preview.ToRestore == 0 {
		t.Fatalf("%+v", preview)
	}
	if n := visible(h, "alice", "bob"); n != 0 {
		t.Fatalf("the preview restored %d", n)
	}
	all := preview.Messages
	want := restore.Counts{Messages: all, Restored: all}
	if diff := cmp.Diff(want, total(t, h.OK("restore", id, "--yes", "--sandbox", "-o", "json"))); diff != "" {
		t.Error(diff)
	}
	want = restore.Counts{Messages: all, RestoredBefore: all}
	if diff := cmp.Diff(want, total(t, h.OK("restore", id, "--yes", "--sandbox", "-o", "json"))); diff != "" {
		t.Error(diff)
	}
	expect(t, h.Run("restore", id, "--yes", "--sandbox"), 0, "nothing to restore")
	if a, b := visible(h, "alice", "bob"), visible(h, "bob", "alice"); a != all || b != all {
		t.Errorf("alice sees %d, bob %d of %d", a, b, all)
	}
	maps, err := filepath.Glob(filepath.Join(state(h), "restores", "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range maps {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", path, info.Mode(), err)
		}
		if strings.HasSuffix(path, "messages.tmp") {
			t.Error("the temporary file was not removed")
		}
	}
}

func TestBackupsByNameAndPath(t *testing.T) {
	h, id := deleted(t, true)
	path := filepath.Join(state(h), "backups", id)
	h.OK("restore", path, "--sandbox", "--conversation", "bob")
	expect(t, h.Run("restore", path, "--sandbox", "--conversation", "carol"), 5, "carol")
	expect(t, h.Run("restore", "nothing", "--sandbox"), 5, "neither a run nor a backup")
	expect(t, h.Run("restore", "--sandbox"), 2)
	expect(t, h.Run("restore", id, "--sandbox", "-o", "transcript"), 2)
	expect(t, h.Run("restore", id, "--sandbox", "--columns", "nonsense"), 2, "peer_has")
	file := filepath.Join(path, "messages.ndjson.zst")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b[100] ^= 1
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	expect(t, h.Run("restore", id, "--yes", "--sandbox"), 10, "messages.ndjson.zst")
	if n := visible(h, "alice", "bob"); n != 0 {
		t.Errorf("%d were restored from a damaged backup", n)
	}
}

func TestGuardsOfTheProfile(t *testing.T) {
	h, id := deleted(t, true)
	h.Env["ROAMCTL_REQUIRE_REASON"] = "on"
	expect(t, h.Run("restore", id, "--yes", "--sandbox"), 10, "--reason")
	h.OK("restore", id, "--sandbox")
	h.Env["ROAMCTL_PROTECTED"] = "on"
	expect(t, h.Run("restore", id, "--yes", "--reason", "r", "--sandbox"), 10, "protected")
	expect(t, h.Type("bob\n", "restore", id, "--yes", "--reason", "r", "--sandbox"), 10, "not confirmed")
	expect(t, h.Type("alice\n", "restore", id, "--yes", "--reason", "r", "--ticket", "T-1", "--sandbox"), 0)
	log := h.OK("audit", "list", "--entries", "-o", "ndjson", "--jq", `select(.command == "restore") | .outcome + " " + .reason + " " + .ticket`)
	want := strings.Join([]string{"refused  ", "refused r ", "refused r ", "started r T-1", "done r T-1", ""}, "\n")
	if diff := cmp.Diff(want, strings.ReplaceAll(log, `"`, "")); diff != "" {
		t.Error(diff)
	}
}

// A restore writes to both sides, so a deletion at work on either keeps it away.
func TestLockedOutByEitherSide(t *testing.T) {
	h, id := deleted(t, true)
	var intent struct {
		Items []struct {
			AppKey string `json:"app_key"`
		}
	}
	if err := json.Unmarshal([]byte(h.OK("runs", "list", "-o", "json")), &intent); err != nil || len(intent.Items) == 0 {
		t.Fatal(err)
	}
	store := run.NewStore(filepath.Join(state(h), "runs"), time.Now)
	for _, user := range []string{"alice", "bob"} {
		unlock, err := store.Lock(intent.Items[0].AppKey+"/"+user, "")
		if err != nil {
			t.Fatal(err)
		}
		expect(t, h.Run("restore", id, "--yes", "--sandbox"), 10, user+" is locked")
		if err := unlock(); err != nil {
			t.Fatal(err)
		}
	}
	if n := visible(h, "alice", "bob") + visible(h, "bob", "alice"); n > 0 {
		t.Errorf("%d messages were restored", n)
	}
	expect(t, h.Run("restore", id, "--yes", "--sandbox"), 0)
}

func TestTheAuditLogShowsWhatWasRestored(t *testing.T) {
	h, id := deleted(t, true)
	expect(t, h.Run("restore", id, "--yes", "--sandbox"), 0)
	restored := visible(h, "alice", "bob")
	row := h.OK("audit", "list", "--command", "restore", "-o", "csv", "--columns", "outcome,deleted,restored", "--no-header")
	if want := "done,0," + strconv.Itoa(restored) + "\n"; row != want || restored == 0 {
		t.Errorf("got %q, want %q", row, want)
	}
	expect(t, h.Run("audit", "list"), 0, "RESTORED")
}
