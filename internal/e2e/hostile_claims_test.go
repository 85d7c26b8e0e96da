package e2e

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
)

// claims is what reports say was done, by the names of their fields.
type claims struct {
	numbers map[string]int // the largest of each name
	calls   map[string]int // by status
	off     []string       // "user conversation" said to be off a list
}

// add adds a JSON value of the report of a user.
func (c *claims) add(v any, user string) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			c.add(e, user)
		}
	case map[string]any:
		if named, ok := v["user"].(string); ok {
			user = named
		}
		conversation, _ := v["conversation"].(string)
		for name, e := range v {
			switch e := e.(type) {
			case float64:
				c.numbers[name] = max(c.numbers[name], int(e))
			case string:
				if name == "status" {
					c.calls[e]++
				}
				if (name == "state" || name == "list_state") && e == "deleted" {
					c.off = append(c.off, user+" "+conversation)
				}
			default:
				c.add(e, user)
			}
		}
	}
}

// reported reads the JSON reports in a text. Text that is not JSON claims nothing.
func reported(text string) claims {
	c := claims{numbers: map[string]int{}, calls: map[string]int{}}
	for d := json.NewDecoder(strings.NewReader(text)); ; {
		var v any
		if d.Decode(&v) != nil {
			return c
		}
		c.add(v, "alice")
	}
}

func auditLog(home *cmdtest.Home) string {
	return home.Files()[filepath.Join(home.Env["HOME"], ".local", "state", "roamctl", "audit.ndjson")]
}

// hold fails the test if a number is greater than most allows, or if a conversation
// that is said to be deleted is on the list.
func (c claims) hold(t *testing.T, h *hostileHost, most map[string]int, text string) {
	t.Helper()
	for name, done := range most {
		if c.numbers[name] > done {
			t.Errorf("%s is %d, and the host has done %d\n%s", name, c.numbers[name], done, text)
		}
	}
	for _, off := range c.off {
		user, conversation, _ := strings.Cut(off, " ")
		if slices.Contains(h.listed(user), conversation) {
			t.Errorf("%s is still on the conversation list of %s\n%s", conversation, user, text)
		}
	}
}

// claimsNoMore compares a command's report and the audit log with what the host has
// carried out.
func claimsNoMore(t *testing.T, h *hostileHost, home *cmdtest.Home, r cmdtest.Result) {
	t.Helper()
	most := map[string]int{"accepted": h.deleted, "deleted": h.deleted, "accepted_calls": h.calls, "restored": h.imported}
	for _, text := range []string{r.Out, auditLog(home)[h.logged:]} {
		said := reported(text)
		said.hold(t, h, most, text)
		if said.calls["accepted"] > h.calls {
			t.Errorf("%d calls are said to be accepted, and the host has done %d\n%s", said.calls["accepted"], h.calls, text)
		}
	}
}

// TestAcceptedAndNotDone uses a host that answers ok and does nothing. Verification
// finds that out: the command reports no deleted message or conversation.
func TestAcceptedAndNotDone(t *testing.T) {
	like := cmdtest.New(t)
	for _, command := range hostileCommands() {
		ok := map[string]string{"delete": `{"requestStatusCode":"ok","timestamp":1763600000000}`, "unlist": `{"data":{"result":"ok"}}`}[command.route]
		if ok == "" || command.obeys || command.route == "unlist" && strings.Contains(command.args, "--delete-messages") {
			continue // no lie: a conversation whose messages are gone is on no list
		}
		t.Run(command.name(), func(t *testing.T) {
			t.Parallel()
			h := &hostileHost{}
			home := hostileHome(t, like, h)
			r := command.run(t, home, h, func(w http.ResponseWriter, _ *http.Request, _ int) { _, _ = w.Write([]byte(ok)) })
			said := reported(r.Out)
			if r.Code == 0 || said.calls["accepted"] == 0 {
				t.Errorf("exit code %d\n%s%s", r.Code, r.Out, r.Err)
			}
			said.hold(t, h, map[string]int{"deleted": h.deleted}, r.Out)
		})
	}
}
