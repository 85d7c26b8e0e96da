package e2e

import (
	"encoding/base64"
	"encoding/hex"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
)

// hostileCommand is a command that gets every hostile answer.
type hostileCommand struct {
	route   string // the hostile route
	args    string // OUT is a path, RUN the ID of the run that prepare made
	prepare string // a command that gets good answers
	honest  int    // requests to the route that get good answers first
	obeys   bool   // the host carries out the request, whatever it answers
	retries bool
	without string // what the output of a success without the route contains
}

func (c hostileCommand) name() string {
	name := c.args
	if c.honest > 0 {
		name += ", after a good answer"
	}
	if c.obeys {
		name += ", carried out"
	}
	if c.retries {
		name += ", with retries"
	}
	return c.route + " of " + name
}

func hostileCommands() []hostileCommand {
	const (
		clearing = "messages clear --user alice --yes"
		byID     = "messages delete --user alice --conversation bob --id 1001 --id 1002 --batch-size 1 --yes --verify-timeout 0s -o json"
		byTime   = "messages delete --user alice --conversation bob --before 2026-01-01 --yes --verify-timeout 0s -o json"
		unlist   = "conversations delete --user alice bob --keep-messages --yes --verify-timeout 0s -o json"
		everyone = "conversations delete --user alice bob --everyone --delete-messages --yes --verify-timeout 0s -o json"
		whole    = "conversations delete --user alice 7001 --type group --everyone --delete-messages --yes -o json"
		planning = clearing + " --plan OUT"
		applying = "apply OUT --yes --verify-timeout 0s -o json"
		checked  = clearing + " --verify-timeout 0s -o json"
		restore  = "restore RUN --yes --allow-duplicates -o json"
		cleared  = clearing + " -o json --jq .run_id"
	)
	return []hostileCommand{
		{route: "token", args: "auth token"},
		{route: "users", args: "auth status"},
		{route: "users", args: "users list"},
		{route: "users", args: "messages export --all-users --out OUT"},
		{route: "groups", args: "users inspect alice", without: "Groups         unknown"},
		{route: "list", args: "users inspect alice"},
		{route: "list", args: "conversations list --user alice"},
		{route: "list", args: "messages fetch --user alice --all"},
		{route: "list", args: "messages export --user alice --out OUT"},
		{route: "list", args: clearing},
		{route: "list", args: applying, prepare: planning},
		{route: "history", args: "users inspect alice"},
		{route: "history", args: "messages fetch --user alice --conversation bob --all -o ndjson"},
		{route: "history", args: "messages fetch --user alice --conversation bob --all -o ndjson", retries: true},
		{route: "history", args: "messages export --user alice --conversation bob --out OUT"},
		{route: "history", args: clearing},
		{route: "history", args: planning},
		{route: "history", args: applying, prepare: planning},
		{route: "history", args: byID},
		{route: "history", args: byTime},
		{route: "history", args: "conversations delete --user alice bob --delete-messages --yes"},
		{route: "history", args: everyone},
		{route: "history", args: restore, prepare: cleared},
		{route: "members", args: whole},
		{route: "members", args: restore, prepare: cleared},
		{route: "import", args: restore, prepare: cleared},
		{route: "import", args: restore, prepare: cleared, honest: 1, retries: true},
		{route: "delete", args: checked},
		{route: "delete", args: checked, honest: 1, retries: true},
		{route: "delete", args: checked, obeys: true},
		{route: "delete", args: checked + " --user bob"},
		{route: "delete", args: checked + " --no-backup", retries: true},
		{route: "delete", args: byID, honest: 1},
		{route: "delete", args: byTime},
		{route: "delete", args: applying, prepare: planning, honest: 1},
		{route: "delete", args: everyone, honest: 1},
		{route: "unlist", args: unlist},
		{route: "unlist", args: unlist, obeys: true, retries: true},
		{route: "unlist", args: everyone, honest: 1},
	}
}

// changes reports whether the route deletes or imports.
func (c hostileCommand) changes() bool {
	return c.route == "delete" || c.route == "unlist" || c.route == "import"
}

// TestHostileHosts gives every command every hostile answer. The command fails soon,
// deletes nothing before it has read what it needs, reports no more than the host has
// done, and prints no secret.
func TestHostileHosts(t *testing.T) {
	like, answers := cmdtest.New(t), hostileAnswers()
	for _, command := range hostileCommands() {
		t.Run(command.name(), func(t *testing.T) {
			t.Parallel()
			var running sync.WaitGroup // all answers at once: a restore waits before it retries
			defer running.Wait()
			for name, answer := range answers {
				if strings.Contains(name, "cursor") && (command.args == "auth status" || strings.Contains(command.args, "--all-users")) {
					continue // its one page is good, and a list of users may end at its own cursor (docs/contract.md, section 9)
				}
				running.Go(func() { t.Run(name, func(t *testing.T) { command.hold(t, like, answer) }) })
			}
		})
	}
}

// hold runs the command against one answer.
func (c hostileCommand) hold(t *testing.T, like *cmdtest.Home, answer hostileAnswer) {
	t.Helper()
	h := &hostileHost{}
	home := hostileHome(t, like, h)
	r := c.run(t, home, h, answer)
	goneWithout := r.Code == 0 && c.without != "" && strings.Contains(r.Out, c.without)
	if (r.Code < 4 || r.Code > 10) && !goneWithout {
		t.Errorf("exit code %d\n%s%s", r.Code, r.Out, r.Err)
	}
	if h.requests > 40 {
		t.Errorf("%d requests", h.requests)
	}
	if !c.changes() && h.calls+h.imported > 0 {
		t.Errorf("something was deleted or imported\n%s%s", r.Out, r.Err)
	}
	claimsNoMore(t, h, home, r)
	noSecretIn(t, h, home, r)
}

// run runs the command while its route is hostile. It does not count what was done
// before.
func (c hostileCommand) run(t *testing.T, home *cmdtest.Home, h *hostileHost, answer hostileAnswer) cmdtest.Result {
	t.Helper()
	run := ""
	args := func(s string) []string {
		return strings.Fields(strings.NewReplacer("OUT", filepath.Join(home.Env["HOME"], "out"), "RUN", run).Replace(s))
	}
	if c.prepare != "" {
		run = strings.TrimSpace(home.OK(args(c.prepare)...))
	}
	if c.retries {
		home.Env["ROAMCTL_RETRIES"] = "2" // after no wait, as the host asks
	}
	clear(h.asked)
	h.requests, h.calls, h.deleted, h.imported = 0, 0, 0, 0
	h.logged = len(auditLog(home))
	h.route, h.answer, h.honest, h.obeys = c.route, answer, c.honest, c.obeys
	return home.Run(append(args(c.args), "--debug")...)
}

// noSecretIn checks the output and the files of a command.
func noSecretIn(t *testing.T, h *hostileHost, home *cmdtest.Home, r cmdtest.Result) {
	t.Helper()
	noSecret(t, h, "standard output", r.Out)
	noSecret(t, h, "standard error", r.Err)
	for path, content := range home.Files() {
		if !strings.Contains(filepath.Base(path), "tokens") {
			noSecret(t, h, path, content)
		}
	}
}

// noSecret looks for 16 characters of any secret, plain or in base64 or hex.
func noSecret(t *testing.T, h *hostileHost, where, text string) {
	t.Helper()
	text = strings.NewReplacer(" ", "", "%", "", "\n", "", `\n`, "").Replace(strings.ToLower(text))
	for secret := range h.secrets {
		for _, form := range []string{secret, hex.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte("x" + secret))[2:]} {
			form = strings.ToLower(form)
			for i := 0; i+16 <= len(form); i += 4 {
				if strings.Contains(text, form[i:i+16]) {
					t.Errorf("%s holds %q of a secret", where, form[i:i+16])
					return
				}
			}
		}
	}
}

// TestUsersRepeatedForEver lists the same users on every page: an export of all users
// fails.
func TestUsersRepeatedForEver(t *testing.T) {
	h := &hostileHost{route: "users", answer: hostileAnswers()["ever new cursors"]}
	home := hostileHome(t, cmdtest.New(t), h)
	home.Run("messages", "export", "--all-users", "--out", filepath.Join(home.Env["HOME"], "out")).Want(t, 9, "of earlier pages")
	if h.asked["users"] > 5 {
		t.Errorf("%d pages were asked for", h.asked["users"])
	}
}
