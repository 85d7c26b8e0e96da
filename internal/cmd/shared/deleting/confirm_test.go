package deleting_test

import (
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
	"github.com/roamctl/roamctl/internal/sandbox"
)

// hosted is a home with a profile prod for a service that has the demo data.
func hosted(t *testing.T) (h *cmdtest.Home, host string) {
	t.Helper()
	box, err := sandbox.Open(t.Context(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := box.SeedDemo(t.Context()); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(box.Handler())
	t.Cleanup(func() {
		server.Close()
		_ = box.Close()
	})
	to := box.Credentials()
	h = cmdtest.New(t)
	h.WriteConfig(fmt.Sprintf("current: prod\nprofiles:\n  prod: {host: %q, app_key: %q, client_id: %q, client_secret: %q, limits: 'off'}\n",
		server.URL, to.AppKey, to.ClientID, to.ClientSecret))
	return h, server.URL
}

// Every prompt and dry run names the app and the number of messages.
func TestPromptsAndDryRunsNameTheApp(t *testing.T) {
	h, host := hosted(t)
	on := func(r cmdtest.Result, code int, more ...string) {
		t.Helper()
		r.Want(t, code, append(more, "On profile prod, App Key ", " at "+host)...)
	}
	bob := []string{"messages", "delete", "-u", "alice", "-c", "bob", "--before", bobsBefore}
	on(h.Type("no\n", bob...), 10, "bob (chat): ", " messages, 20")
	on(h.Run(append(bob, "--dry-run")...), 0, "bob (chat): ", " messages, 20")
	on(h.Type("no\n", append(bob, "--no-backup")...), 10, "bob (chat): ")
	on(h.Type("no\n", "messages", "clear", "-u", "alice"), 10, "bob (chat): 1", "carol (chat): ")
	on(h.Run("messages", "clear", "-u", "alice", "--dry-run"), 0, "bob (chat): 1", "carol (chat): ")
	on(h.Type("no\n", "messages", "clear", "-u", "alice", "-u", "bob"), 10)
	on(h.Run("messages", "clear", "-u", "alice", "-u", "bob", "--dry-run"), 0)
	on(h.Type("no\n", "conversations", "delete", "-u", "alice", "bob", "--delete-messages"), 10, "bob (chat): ")
	on(h.Type("no\n", "conversations", "delete", "-u", "alice", "bob", "--everyone", "--delete-messages"), 10)
	plan := filepath.Join(t.TempDir(), "plan.json")
	h.OK(append(bob, "--plan", plan)...)
	on(h.Type("no\n", "apply", plan), 10, "bob (chat): ")
	on(h.Run("apply", plan, "--dry-run"), 0)
	h.OK(append(bob, "--yes")...)
	run := strings.TrimSpace(h.OK("runs", "list", "-o", "json", "--jq", ".items[0].id"))
	on(h.Run("restore", run), 0)
	if r := h.Type("no\n", "conversations", "delete", "-u", "alice", "nobody", "--delete-messages"); strings.Contains(r.Err, "0 messages") && r.Code == 0 {
		t.Errorf("%d\n%s", r.Code, r.Err)
	}
}

// The parsed --before is printed with its offset before a request is sent.
func TestBeforeIsPrintedWithItsOffset(t *testing.T) {
	h, _ := hosted(t)
	h.Env["TZ"] = "Asia/Shanghai"
	bob := []string{"messages", "delete", "-u", "alice", "-c", "bob", "--before", "2020-06-01 08:00"}
	const at = "2020-06-01T08:00:00.000+08:00"
	h.Run(append(bob, "--yes")...).Want(t, 0, at)
	h.Run(append(bob, "--dry-run")...).Want(t, 0, at)
	h.Type("no\n", bob...).Want(t, 10, at)
	h.Run(append(bob, "-u", "carol", "--yes")...).Want(t, 0, at)
	h.Run(append(bob, "--plan", filepath.Join(t.TempDir(), "plan.json"))...).Want(t, 0, at)
	h.Env["TZ"] = "Asia/Shanghi"
	h.Run(append(bob, "--yes")...).Want(t, 3, "TZ", "Asia/Shanghi")
	h.Run(append(bob, "--yes", "--tz", "Asia/Shanghai")...).Want(t, 0, at)
}

// With --profile, a deletion refuses variables that contradict the profile; a reading
// command warns.
func TestEnvironmentContradictsTheProfile(t *testing.T) {
	h, host := hosted(t)
	h.Env["ROAMCTL_APP_KEY"] = "other#app"
	bob := []string{"messages", "delete", "-u", "alice", "-c", "bob", "--before", bobsBefore, "--profile", "prod"}
	for _, flag := range []string{"--yes", "--dry-run"} {
		r := h.Run(append(bob, flag)...)
		r.Want(t, 10, "--profile prod has app_key", "ROAMCTL_APP_KEY", "other#app", "unset ROAMCTL_APP_KEY")
		if strings.Contains(r.Err, "warning") {
			t.Errorf("got an error and a warning:\n%s", r.Err)
		}
	}
	h.Run("messages", "clear", "-u", "alice", "-u", "bob", "--yes", "--profile", "prod").Want(t, 10, "ROAMCTL_APP_KEY")
	h.Env["ROAMCTL_APP_KEY"] = ""
	h.Env["ROAMCTL_HOST"] = strings.Replace(host, "127.0.0.1", "localhost", 1)
	h.Run(append(bob, "--yes")...).Want(t, 10, "ROAMCTL_HOST")
	h.Run("conversations", "list", "-u", "alice", "--profile", "prod").Want(t, 0, "warning: --profile prod has host")
	h.Run(append(bob, "--yes", "--host", host)...).Want(t, 0, "deleted")
}

// An error about the host or the credentials says where those come from.
func TestErrorsOfTheServiceNameTheSettingsSources(t *testing.T) {
	h, _ := hosted(t)
	list := []string{"conversations", "list", "-u", "alice"}
	h.Env["ROAMCTL_CLIENT_ID"] = "wrong"
	h.Run(list...).Want(t, 4, "client_id is from env ROAMCTL_CLIENT_ID", "client_secret is from profile prod in "+h.ConfigFile())
	h.Run(append(list, "--host", "http://127.0.0.1:1", "--retries", "0")...).Want(t, 9, "host is from flag --host")
}

// Following each hint of a protected profile works.
func TestHintsOfAProtectedProfileWork(t *testing.T) {
	h, _ := hosted(t)
	h.OK("config", "set", "protected", "on")
	clearing := []string{"messages", "clear", "-u", "alice"}
	const lift = "roamctl config set protected off --profile prod"
	h.Run(append(clearing, "--yes")...).Want(t, 10, "forbids --yes", "confirm on a terminal", lift)
	h.Run(append(clearing, "--no-backup")...).Want(t, 10, "forbids --no-backup", "leave it out", lift)
	r := h.Run(clearing...)
	r.Want(t, 10, "on a terminal", lift)
	if strings.Contains(r.Err, "give --yes") {
		t.Errorf("the hint names a forbidden flag:\n%s", r.Err)
	}
	h.Env["ROAMCTL_PROTECTED"] = "off"
	h.Run(append(clearing, "--yes")...).Want(t, 10, lift)
	h.OK(strings.Fields(strings.TrimPrefix(lift, "roamctl "))...)
	h.Env["ROAMCTL_PROTECTED"] = "on"
	h.Run(append(clearing, "--yes")...).Want(t, 10, "unset ROAMCTL_PROTECTED")
	h.Env["ROAMCTL_PROTECTED"] = ""

	// A plan that lacks what the profile demands is made again.
	plan := filepath.Join(t.TempDir(), "plan.json")
	h.OK(append(clearing, "--no-backup", "--plan", plan)...)
	h.OK("config", "set", "protected", "on")
	h.Type("1\n", "apply", plan).Want(t, 10, "make the plan again without it")
	h.OK("config", "set", "require_reason", "on")
	h.Type("1\n", "apply", plan).Want(t, 10, "make the plan again with --reason")
}
