package backup_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
	"github.com/roamctl/roamctl/internal/roaming"
)

// home has backups, made so many days ago, of two messages each.
func home(t *testing.T, days ...int) (h *cmdtest.Home, paths []string) {
	t.Helper()
	h = cmdtest.New(t)
	dir := filepath.Join(h.Env["HOME"], ".local", "state", "roamctl", "backups")
	for _, d := range days {
		made := time.Now().AddDate(0, 0, -d)
		w, err := backup.Create(t.Context(), dir, "b", backup.Options{
			Tool: "roamctl test", AppKey: "org#app", Now: func() time.Time { return made },
			Scope: backup.Scope{Command: "messages delete", User: "alice", Conversation: "bob", Type: roaming.Chat, RunID: "r1"},
		})
		if err != nil {
			t.Fatal(err)
		}
		for id, text := range []string{"你好", "=1+1\x1b[31m"} {
			err := w.AddMessage(roaming.Message{
				ID: roaming.MessageID(id + 1), Timestamp: roaming.Millis(1_700_000_000_000), ChatType: roaming.Chat,
				Conversation: "bob", From: "bob", To: "alice", Kind: roaming.Text, Text: text,
				Body: map[string]any{"msg": text}, Ext: map[string]any{}, Raw: []byte{1},
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, w.Path())
	}
	return h, paths
}

// wants checks that a text has all of words.
func wants(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%q is missing from:\n%s", w, text)
		}
	}
}

func TestList(t *testing.T) {
	h, _ := home(t, 3, 1)
	wants(t, h.OK("backup", "list"), "NAME", "b-2", "alice", "bob")
	var got struct {
		Items []map[string]any `json:"items"`
	}
	if err := json.Unmarshal([]byte(h.OK("backup", "list", "-o", "json")), &got); err != nil || len(got.Items) != 2 {
		t.Fatalf("%v, %v", got, err)
	}
	if first := got.Items[0]; first["name"] != "b" || first["messages"] != 2.0 || first["run_id"] != "r1" {
		t.Errorf("%v", first)
	}
	elsewhere := h.Run("backup", "list", "--backup-dir", t.TempDir(), "-o", "json")
	wants(t, elsewhere.Out, `"items": []`)
	wants(t, elsewhere.Err, "no backups")
	h.Env["ROAMCTL_BACKUP_DIR"] = t.TempDir()
	wants(t, h.OK("backup", "list", "-o", "json"), `"items": []`)
}

func TestShow(t *testing.T) {
	h, paths := home(t, 1)
	wants(t, h.OK("backup", "show", "b"), "org#app", "messages delete", "r1", "2023-11-14")
	var m backup.Manifest
	if err := json.Unmarshal([]byte(h.OK("backup", "show", paths[0], "-o", "json")), &m); err != nil || m.Messages != 2 {
		t.Errorf("%+v, %v", m, err)
	}
	wants(t, h.OK("backup", "show", "b", "--messages", "-o", "transcript"), "你好", "bob")
	wants(t, h.OK("backup", "show", "b", "--messages", "-o", "csv"), "id,timestamp", "'=1+1")
	if n := strings.Count(h.OK("backup", "show", "b", "--messages", "-o", "ndjson"), `"raw":"AQ=="`); n != 2 {
		t.Errorf("%d of 2 messages have their raw bytes", n)
	}
	for _, tt := range []struct {
		code int
		want string
		args []string
	}{
		{2, "add --messages", []string{"b", "-o", "transcript"}},
		{2, "takes one backup", nil},
		{5, "not found", []string{"c"}},
		{5, "not found", []string{"./c"}},
		{2, "unknown column", []string{"b", "--messages", "--columns", "x"}},
	} {
		r := h.Run(append([]string{"backup", "show"}, tt.args...)...)
		if r.Code != tt.code {
			t.Errorf("%v: exit %d", tt.args, r.Code)
		}
		wants(t, r.Err, tt.want)
	}
}

func TestVerify(t *testing.T) {
	h, paths := home(t, 1, 2)
	b, err := backup.Open(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	digest := b.Manifest().Digest
	wants(t, h.OK("backup", "verify", "b", "--digest", digest), "true")
	other := h.Run("backup", "verify", "b-2", "--digest", digest)
	if other.Code != 10 {
		t.Errorf("another digest: exit %d", other.Code)
	}
	wants(t, other.Err, "another digest")
	wants(t, h.OK("backup", "verify", "b", paths[1], "-o", "ndjson"), `"ok":true`, digest)

	file := filepath.Join(paths[1], "messages.ndjson.zst")
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.Replace(content, content[20:21], []byte{content[20] ^ 4}, 1), 0o600); err != nil {
		t.Fatal(err)
	}
	r := h.Run("backup", "verify", "b", "b-2", "-o", "json")
	if r.Code != 10 {
		t.Errorf("exit %d", r.Code)
	}
	wants(t, r.Err, "messages.ndjson.zst", `"kind":"safety"`)
	wants(t, r.Out, `"file": "messages.ndjson.zst"`, `"ok": true`, `"ok": false`)
	h.Run("backup", "show", "b-2").Want(t, 10, "org#app", "messages.ndjson.zst")
	h.Run("backup", "show", "b-2", "--messages").Want(t, 10, "messages.ndjson.zst")
	if r := h.Run("backup", "verify", "b", "nothing"); r.Code != 5 {
		t.Errorf("what is not there: exit %d", r.Code)
	}
	if r := h.Run("backup", "verify"); r.Code != 2 {
		t.Errorf("no name: exit %d", r.Code)
	}
	if r := h.Run("backup", "verify", "b", "b-2", "--digest", digest); r.Code != 2 {
		t.Errorf("one digest for two: exit %d", r.Code)
	}
}

func TestPackAndUse(t *testing.T) {
	h, paths := home(t, 1)
	wants(t, h.Run("backup", "pack", "b").Err, "packed")
	wants(t, h.OK("backup", "verify", "b.tar.zst"), "true")
	out := filepath.Join(t.TempDir(), "x.tar.zst")
	h.OK("backup", "pack", paths[0], "--out", out)
	wants(t, h.OK("backup", "show", out, "--messages"), "你好")
	if r := h.Run("backup", "pack", "b"); r.Code != 2 {
		t.Errorf("packed over an archive: exit %d", r.Code)
	}
}

func TestPrune(t *testing.T) {
	h, paths := home(t, 100, 91, 1)
	there := func() (n int) {
		for _, p := range paths {
			if _, err := os.Stat(p); err == nil {
				n++
			}
		}
		return n
	}
	if r := h.Run("backup", "prune"); r.Code != 2 {
		t.Errorf("without an age: exit %d", r.Code)
	}
	if r := h.Run("backup", "prune", "--older-than", "90d"); r.Code != 10 || there() != 3 {
		t.Errorf("unconfirmed: exit %d, %d left", r.Code, there())
	}
	wants(t, h.OK("backup", "prune", "--older-than", "90d", "--dry-run"), "b", "b-2")
	if there() != 3 {
		t.Error("a dry run removed something")
	}
	if r := h.Type("prune\n", "backup", "prune", "--older-than", "95d"); r.Code != 0 || there() != 2 {
		t.Errorf("typed: exit %d, %d left\n%s", r.Code, there(), r.Err)
	}
	removed := h.OK("backup", "prune", "--older-than", "90d", "--yes", "-o", "ndjson")
	if there() != 1 || strings.Count(removed, "\n") != 1 {
		t.Errorf("%d left, removed %s", there(), removed)
	}
	wants(t, h.Run("backup", "prune", "--older-than", "90d", "--yes").Err, "nothing in")
	logged := h.OK("audit", "list", "--command", "backup prune", "-o", "ndjson", "--jq", ".backup_digest + .outcome")
	if strings.Count(logged, "done") != 2 || len(strings.TrimSpace(logged)) < 2*64 {
		t.Errorf("the audit log has %q of two pruned backups", logged)
	}
}

func TestListOfOneUser(t *testing.T) {
	h, _ := home(t, 1)
	damaged := filepath.Join(h.Env["HOME"], ".local", "state", "roamctl", "backups", "damaged")
	if err := errors.Join(os.Mkdir(damaged, 0o700), os.WriteFile(filepath.Join(damaged, "manifest.json"), []byte("{"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for user, want := range map[string]string{"alice": "damaged\nb\n", "bob": "damaged\n"} { // a damaged backup's user is unknown
		if got := h.OK("backup", "list", "--user", user, "--columns", "name", "-o", "csv", "--no-header"); got != want {
			t.Errorf("%s: %q", user, got)
		}
	}
	if err := os.RemoveAll(damaged); err != nil {
		t.Fatal(err)
	}
	h.Run("backup", "list", "--user", "bob").Want(t, 0, "no backups of bob")
}
