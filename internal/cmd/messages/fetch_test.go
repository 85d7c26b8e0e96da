package messages_test

import (
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
)

// For one user there is no estimate, no summary and no user column, but a note of what
// the default limit left out.
func TestFetchOfOneUserHasNoNotesOfARun(t *testing.T) {
	h := cmdtest.New(t)
	h.OK("users", "list", "--sandbox")
	got := h.Run("messages", "fetch", "-u", "alice", "--sandbox")
	got.Want(t, 0, "CONVERSATION")
	if got.Err != "there is more in 1 conversation: --all reads everything\n" || strings.Contains(got.Out, "USER") {
		t.Errorf("it prints\n%s%.200s", got.Err, got.Out)
	}
	h.Run("messages", "fetch", "-u", "alice", "--columns", "user", "--sandbox").Want(t, 0, "USER", "alice")
	h.Run("messages", "fetch", "-u", "alice,bob", "-c", "carol", "--sandbox").Want(t, 0, "USER", "2 users, about")
	if got := h.Run("messages", "export", "-u", "alice", "--out", t.TempDir(), "--sandbox"); got.Code != 0 || got.Err != "" {
		t.Errorf("the export exits %d with\n%s", got.Code, got.Err)
	}
}

func TestFetchNamesAnUnknownUserOnce(t *testing.T) {
	h := cmdtest.New(t)
	got := h.Run("messages", "fetch", "-u", "alice,nobody", "-c", "carol", "--sandbox")
	got.Want(t, 8, "nobody failed")
	if strings.Count(got.Err, "warning:") != 1 || strings.Contains(got.Err, "--retry-failed") {
		t.Errorf("it says\n%s", got.Err)
	}
}

func TestProgressOffAnnouncesNothing(t *testing.T) {
	h := cmdtest.New(t)
	h.OK("users", "list", "--sandbox")
	if got := h.Run("messages", "export", "--all-users", "--progress", "off", "--out", t.TempDir(), "--sandbox"); got.Code != 0 || got.Err != "" {
		t.Errorf("exit %d with\n%s", got.Code, got.Err)
	}
}

func TestExportRefusesAFile(t *testing.T) {
	h := cmdtest.New(t)
	h.Run("messages", "export", "-u", "alice", "--out", h.Write("file", ""), "--sandbox").Want(t, 2, "is not a folder")
}

// The confirmation has one zone, whatever the service's.
func TestConfirmationShowsOneZone(t *testing.T) {
	h := cmdtest.New(t)
	h.Env["ROAMCTL_TZ"] = "Asia/Shanghai"
	got := h.Type("no\n", "messages", "delete", "-u", "alice", "-c", "bob", "--before", "1d", "--sandbox")
	got.Want(t, 10, "+08:00 to ")
	if strings.Contains(got.Err, "Z to ") {
		t.Errorf("it says\n%s", got.Err)
	}
}

func TestWordingOfBadValues(t *testing.T) {
	h := cmdtest.New(t)
	for _, c := range []struct{ args, want, not string }{
		{"messages delete -u alice -c bob --yes --ids-file " + t.TempDir(), "directory", "split a long list"},
		{"sandbox send --from a --to b --group g x", "only one of --to and --group", ""},
		{"sandbox send --from a --to b --ext bad x", "--ext is not a JSON object", "invalid character"},
		{"sandbox start --ephemeral --listen 127.0.0.1:abc", "--listen is", "lookup"},
		{"sandbox start --ephemeral --fault foo", `--fault "foo": "foo" is unknown`, "fault \"foo\": fault"},
		{"messages fetch -u alice -c bob --template {{.id --sandbox", "--template: line 1: unclosed action", "template: --template"},
		{"messages fetch -u alice -c bob --template {{.id}} --sandbox", "add -o ndjson", "no value"},
	} {
		got := h.Run(strings.Fields(c.args)...)
		got.Want(t, 2, c.want)
		if c.not != "" && strings.Contains(got.Out+got.Err, c.not) {
			t.Errorf("%s: it says\n%s%s", c.args, got.Out, got.Err)
		}
	}
	h.OK("messages", "fetch", "-u", "alice", "-c", "bob", "--template", "{{range .items}}{{.id}}{{end}}", "--sandbox")
	h.OK("messages", "fetch", "-u", "alice", "-c", "bob", "-o", "ndjson", "--template", "{{.id}}", "--sandbox")
	h.Run("config", "set", "host", "--value-file", "nofile").Want(t, 5, "--value-file: open nofile")
	h.Run("users", "inspect", "-u", "alice", "--sandbox").Want(t, 0, "alice")
	h.Run("users", "inspect", "-u", "alice", "bob", "--sandbox").Want(t, 2, "exactly one user")
	h.Run("backup", "show", h.Write("foreign", strings.Repeat("no backup ", 99))).Want(t, 10, "it is not compressed with zstd")
}
