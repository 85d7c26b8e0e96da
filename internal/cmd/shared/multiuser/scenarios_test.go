package multiuser_test

import (
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
)

// scenario is a deletion. USER stands for the user, "-u USER" in the words for
// those of the run, and PLAN for a plan's file.
type scenario struct {
	words string
	plan  bool // it is planned, and the plan applied
	fail  func(user string, n int, r *http.Request) int
	setUp func(w *world)
	// rows says that one user's results are printed in other rows.
	rows bool
}

func scenarios() map[string]scenario {
	first := func(status int) func(string, int, *http.Request) int {
		return func(_ string, n int, _ *http.Request) int {
			if n == 1 {
				return status
			}
			return 0
		}
	}
	// The order of calls that are in flight together is not defined.
	about := func(pattern string, status int) func(string, int, *http.Request) int {
		match := regexp.MustCompile(pattern)
		return func(_ string, _ int, r *http.Request) int {
			if match.MatchString(r.URL.String()) {
				return status
			}
			return 0
		}
	}
	return map[string]scenario{
		"before a time":            {words: "messages delete -u USER -c peer --before 2100-01-01 --batch-size 3"},
		"each conversation":        {words: "messages delete -u USER --before 2100-01-01"},
		"by time, no backup":       {words: "messages delete -u USER -c peer --before 2100-01-01 --no-backup"},
		"nothing to delete":        {words: "messages delete -u USER -c peer --before 2000-01-01"},
		"clear":                    {words: "messages clear -u USER"},
		"clear, no backup":         {words: "messages clear -u USER --no-backup"},
		"conversations":            {words: "conversations delete -u USER peer other --delete-messages", rows: true},
		"conversations, kept":      {words: "conversations delete -u USER peer --keep-messages", rows: true},
		"conversations, no backup": {words: "conversations delete -u USER peer --delete-messages --no-backup", rows: true},
		"all conversations":        {words: "conversations delete -u USER --all-conversations --delete-messages", rows: true},
		"not on the list":          {words: "conversations delete -u USER nobody --delete-messages", rows: true},
		"planned":                  {words: "messages clear -u USER", plan: true},
		"planned by time":          {words: "messages delete -u USER -c peer --before 2100-01-01 --no-backup", plan: true},
		"planned, kept":            {words: "conversations delete -u USER peer --keep-messages", plan: true},
		"dry run":                  {words: "messages clear -u USER --dry-run"},
		"dry run, no backup":       {words: "messages delete -u USER -c peer --before 2100-01-01 --no-backup --dry-run"},
		"verified at the peer's":   {words: "messages delete -u USER -c peer --before 2100-01-01 --verify peer"},
		"the last call fails":      {words: "messages delete -u USER -c peer --before 2100-01-01 --batch-size 4", fail: about(`[123]0000000`, 503)},
		"each call fails":          {words: "messages delete -u USER -c peer --before 2100-01-01", fail: about("", 500)},
		"rate limited":             {words: "messages clear -u USER", fail: about("peer", 429)},
		"no backup, in doubt":      {words: "messages clear -u USER --no-backup", fail: first(502)},
		"retried":                  {words: "messages delete -u USER -c peer --before 2100-01-01 --retries 2", fail: first(429)},
		"a refused conversation":   {words: "messages clear -u USER", fail: about("other", 403)},
		"recall":                   {words: "messages recall -u USER -c peer --until 2100-01-01 --force --verify peer"},
		"recall, each":             {words: "messages recall -u USER --from other --type chat --force --verify peer"},
		"recall, no backup":        {words: "messages recall -u USER -c peer --since 2000-01-01 --force --no-backup --verify peer"},
		"recall, planned":          {words: "messages recall -u USER -c peer --since 2000-01-01 --force", plan: true},
		"recall, dry run":          {words: "messages recall -u USER -c peer --since 2000-01-01 --dry-run"},
		"recall past the window":   {words: "messages recall -u USER -c peer --since 2000-01-01 --verify peer"},
		"recall of nothing":        {words: "messages recall -u USER -c peer --until 2000-01-01 --verify peer"},
		"protected": {words: "messages clear -u USER", setUp: func(w *world) {
			w.WriteConfig("profiles:\n  default:\n    protected: true\n")
		}},
		"no reason": {words: "messages clear -u USER", setUp: func(w *world) {
			w.WriteConfig("profiles:\n  default:\n    require_reason: true\n")
		}},
	}
}

// args are a command's for users.
func (s scenario) args(users ...string) []string {
	flags := "-u " + strings.Join(users, " -u ")
	words := strings.Fields(strings.ReplaceAll(s.words, "-u USER", flags))
	if !slices.Contains(words, "--dry-run") && !s.plan {
		words = append(words, "--yes")
	}
	if !slices.Contains(words, "--verify") && !s.plan {
		words = append(words, "--verify", "user", "--verify-timeout", "0s")
	}
	return append(words, "-o", "ndjson")
}

// play runs the scenario for users.
func (w *world) play(s scenario, users ...string) cmdtest.Result {
	w.t.Helper()
	if s.setUp != nil {
		s.setUp(w)
	}
	w.fail = s.fail
	if !s.plan {
		return w.Run(s.args(users...)...)
	}
	file := filepath.Join(w.Env["HOME"], "plan.json")
	w.Run(append(s.args(users...), "--plan", file)...).Want(w.t, 0)
	return w.Run("apply", file, "--yes", "--verify", "user", "--verify-timeout", "0s", "-o", "ndjson")
}
