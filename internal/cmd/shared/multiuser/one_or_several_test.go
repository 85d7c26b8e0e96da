package multiuser_test

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
	"github.com/roamctl/roamctl/internal/run"
	"github.com/roamctl/roamctl/internal/sandbox"
)

// world is a served sandbox whose users ua, ub and uc have the same history, but
// for the message IDs: 7 messages with peer, 2 with other, and one in group 42.
type world struct {
	*cmdtest.Home

	t    *testing.T
	fail func(user string, n int, r *http.Request) int // the status of a user's nth deletion; 0 lets it through

	mu        sync.Mutex
	deletions map[string]int
}

var userInPath = regexp.MustCompile(`\bu[abc]\b`)

func newWorld(t *testing.T) *world {
	t.Helper()
	box, err := sandbox.Open(t.Context(), sandbox.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{Home: cmdtest.New(t), t: t, deletions: map[string]int{}}
	server := httptest.NewServer(w.disturb(box.Handler()))
	t.Cleanup(func() { server.Close(); _ = box.Close() })
	var lines strings.Builder
	begin := time.Now().AddDate(0, 0, -1).Truncate(time.Hour).UnixMilli()
	message := func(id, minute int, from, to, kind string) {
		fmt.Fprintf(&lines, `{"msg_id":"%d","timestamp":%d,"from":%q,"to":%q,"chat_type":%q,"payload":{"bodies":[{"type":"txt","msg":"hello"}],"ext":{},"from":%q,"to":%q}}`+"\n",
			id, begin+int64(minute)*60_000, from, to, kind, from, to)
	}
	for u, user := range []string{"ua", "ub", "uc"} {
		for i := range 7 {
			message(10_000_000*(u+1)+i, i, user, "peer", "chat")
		}
		for i := range 2 {
			message(10_000_000*(u+1)+10+i, 20+i, "other", user, "chat")
		}
	}
	if err := box.Join(t.Context(), "42", "ua", "ub", "uc", "peer"); err != nil {
		t.Fatal(err)
	}
	message(90_000_000, 40, "peer", "42", "groupchat")
	if _, err := box.Import(t.Context(), strings.NewReader(lines.String()), nil); err != nil {
		t.Fatal(err)
	}
	to := box.Credentials()
	for name, value := range map[string]string{
		"HOST": server.URL, "APP_KEY": to.AppKey, "CLIENT_ID": to.ClientID, "CLIENT_SECRET": to.ClientSecret, "LIMITS": "off", "RETRIES": "0",
	} {
		w.Env["ROAMCTL_"+name] = value
	}
	return w
}

// disturb answers some requests that delete with the status of w.fail.
func (w *world) disturb(h http.Handler) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		user := userInPath.FindString(r.URL.Path)
		if w.fail != nil && (r.Method == http.MethodDelete || strings.HasSuffix(r.URL.Path, "/delete/all")) {
			w.mu.Lock()
			w.deletions[user]++
			n := w.deletions[user]
			w.mu.Unlock()
			if status := w.fail(user, n, r); status != 0 {
				out.WriteHeader(status)
				return
			}
		}
		h.ServeHTTP(out, r)
	})
}

// trace is all that a command leaves behind of one user, without what differs from
// user to user.
type trace struct {
	Code    int
	Events  []string
	Audit   []string
	Job     string
	Outcome string // the report or the row
	Left    string // of the user's histories and list
}

func (w *world) runs() *run.Store {
	return run.NewStore(filepath.Join(w.Env["HOME"], ".local", "state", "roamctl", "runs"), time.Now)
}

// latest opens the latest run; nil when there is none.
func (w *world) latest() (*run.Run, run.Info) {
	w.t.Helper()
	for info, err := range w.runs().List(w.t.Context()) {
		if err != nil {
			w.t.Fatal(err)
		}
		r, _, err := w.runs().Find(w.t.Context(), info.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		return r, info
	}
	return nil, run.Info{}
}

// trace collects what is left behind of the users.
func (w *world) trace(result cmdtest.Result, users ...string) map[string]trace {
	w.t.Helper()
	traces := map[string]trace{}
	r, info := w.latest()
	for _, user := range users {
		norm := normaliser(user, info.ID)
		tr := trace{Code: result.Code, Left: norm(w.left(user))}
		for line := range strings.SplitSeq(strings.TrimSpace(w.OK("audit", "list", "-o", "ndjson")), "\n") {
			var entry map[string]any
			if json.Unmarshal([]byte(line), &entry) != nil || entry["user"] != user && entry["user"] != "" {
				continue
			}
			for _, name := range []string{"seq", "time", "hash", "prev", "user"} {
				delete(entry, name)
			}
			b, _ := json.Marshal(entry)
			tr.Audit = append(tr.Audit, norm(string(b)))
		}
		for line := range strings.SplitSeq(result.Out, "\n") {
			var row map[string]any
			if json.Unmarshal([]byte(line), &row) == nil && row["user"] == user {
				delete(row, "error") // of one user it is on the error stream
				b, _ := json.Marshal(row)
				tr.Outcome += norm(string(b))
			}
		}
		if r != nil {
			w.addJob(r, info, user, norm, &tr)
		}
		traces[user] = tr
	}
	if r != nil {
		_ = r.Close()
	}
	return traces
}

func (w *world) addJob(r *run.Run, info run.Info, user string, norm func(string) string, tr *trace) {
	w.t.Helper()
	for j, err := range r.Jobs(w.t.Context(), "") {
		if err != nil {
			w.t.Fatal(err)
		}
		if j.User != user {
			continue
		}
		tr.Job = norm(fmt.Sprintf("%s %s %s, %d of %d", j.State, j.Kind, j.Error, j.Messages, j.Conversations))
		for e, err := range r.Journal(info.Summary, j.Seq).Events(w.t.Context()) {
			if err != nil {
				w.t.Fatal(err)
			}
			tr.Events = append(tr.Events, norm(e.Kind+" "+string(e.Data)))
		}
	}
	slices.SortStableFunc(tr.Events, byCall)
}

// byCall sorts the events of calls that were in flight together.
func byCall(a, b string) int {
	number := regexp.MustCompile(`^(?:sent|answered) {"number":(\d+)`)
	x, y := number.FindStringSubmatch(a), number.FindStringSubmatch(b)
	if x == nil || y == nil {
		return 0
	}
	return strings.Compare(x[1], y[1])
}

// left is what a user still has.
func (w *world) left(user string) string {
	w.t.Helper()
	fail := w.fail
	w.fail = nil
	defer func() { w.fail = fail }()
	var b strings.Builder
	for _, ref := range [][]string{{"-c", "peer"}, {"-c", "other"}, {"-c", "42", "--type", "group"}} {
		b.WriteString(w.Run(append([]string{"messages", "fetch", "-u", user, "--all", "-o", "ndjson", "--jq", ".id"}, ref...)...).Out)
	}
	return b.String() + w.OK("conversations", "list", "-u", user, "--all", "--include-empty", "-o", "ndjson", "--jq", ".id")
}

// normaliser replaces what differs between two users, two runs and two homes.
func normaliser(user, runID string) func(string) string {
	replace := [][2]string{
		{runID + `(-\d{6})?`, "RUN"},
		{`\b` + user + `\b`, "USER"},
		{`[123]0{5}(\d{2})`, "M$1"},
		{`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z`, "TIME"},
		{`"(digest|backup_digest)":"[0-9a-f]+"`, `"$1":"DIGEST"`},
		{`/[^" ]*/backups`, "BACKUPS"},
		{`[\w-]+#[\w-]+`, "APP"},
		{`sandbox-\w+`, "ORG"},
		{`delTime=\d+`, "delTime=TIME"},
		{`http://[\d.:]+`, "HOST"},
	}
	patterns := make([]*regexp.Regexp, len(replace))
	for i, r := range replace {
		patterns[i] = regexp.MustCompile(r[0])
	}
	return func(s string) string {
		for i, p := range patterns {
			if i > 0 || runID != "" {
				s = p.ReplaceAllString(s, replace[i][1])
			}
		}
		return s
	}
}

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

// A deletion for one user leaves the same behind as for each of several: events,
// audit entries, the result of the job, the report, and what is left.
func TestOneUserMatchesSeveral(t *testing.T) {
	for name, s := range scenarios() {
		t.Run(name, func(t *testing.T) {
			alone, together := newWorld(t), newWorld(t)
			one := alone.trace(alone.play(s, "ua"), "ua")["ua"]
			several := together.trace(together.play(s, "ub", "uc"), "ub", "uc")
			for _, user := range []string{"ub", "uc"} {
				compare(t, s, one, several[user])
			}
		})
	}
}

func compare(t *testing.T, s scenario, one, other trace) {
	t.Helper()
	if s.rows {
		one.Outcome, other.Outcome = "", ""
	}
	if diff := cmp.Diff(one, other); diff != "" {
		t.Errorf("one user (-), each of several (+):\n%s", diff)
	}
}

// kill makes the latest run one that was killed when its jobs had so many events;
// with a negative number, so many less than all. It counts in the order of the
// calls.
func (w *world) kill(events int) {
	w.t.Helper()
	old, info := w.latest()
	kept := map[int64][]run.Event{}
	for j, err := range old.Jobs(w.t.Context(), "") {
		if err != nil {
			w.t.Fatal(err)
		}
		for e, err := range old.Journal(info.Summary, j.Seq).Events(w.t.Context()) {
			if err != nil {
				w.t.Fatal(err)
			}
			kept[j.Seq] = append(kept[j.Seq], e)
		}
		slices.SortStableFunc(kept[j.Seq], func(a, b run.Event) int { return byCall(a.Kind+" "+string(a.Data), b.Kind+" "+string(b.Data)) })
		end := events
		if events < 0 {
			end = max(0, len(kept[j.Seq])+events)
		}
		kept[j.Seq] = kept[j.Seq][:min(end, len(kept[j.Seq]))]
	}
	path := filepath.Join(old.Dir(), "run.db")
	db, err := sql.Open("sqlite", path)
	if err := errors.Join(err, old.Close()); err != nil {
		w.t.Fatal(err)
	}
	_, err = db.ExecContext(w.t.Context(), "DELETE FROM events WHERE job > 0 OR number > 1; UPDATE jobs SET state = 'pending', kind = '', error = '', conversations = 0, messages = 0")
	if err := errors.Join(err, db.Close()); err != nil {
		w.t.Fatal(err)
	}
	killed, err := w.runs().Open(w.t.Context(), info.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	for seq, all := range kept {
		for _, e := range all {
			if err := killed.Journal(info.Summary, seq).Append(e.Kind, e.Data); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	if err := killed.Close(); err != nil {
		w.t.Fatal(err)
	}
}

// A run over one user that was killed resumes as each job of several does.
func TestKilledRunsResumeAlike(t *testing.T) {
	if testing.Short() {
		t.Skip("it plays 36 scenarios and resumes them, one call after the other")
	}
	all := scenarios()
	for _, name := range []string{"before a time", "by time, no backup", "clear, no backup", "conversations", "conversations, no backup", "planned", "the last call fails", "recall", "recall, planned"} {
		// Before its calls were decided on, after a call was sent, after it was
		// answered, and before the verification.
		for _, events := range []int{1, 3, 4, -2} {
			s := all[name]
			if events == 1 && strings.Contains(s.words, "--no-backup") {
				events = 2 // there is no event of a backup
			}
			t.Run(fmt.Sprint(name, " ", events), func(t *testing.T) {
				alone, together := newWorld(t), newWorld(t)
				alone.play(s, "ua")
				together.play(s, "ub", "uc")
				alone.kill(events)
				together.kill(events)
				one, several := alone.resume("ua")["ua"], together.resume("ub", "uc")
				for _, user := range []string{"ub", "uc"} {
					compare(t, s, one, several[user])
				}
			})
		}
	}
}

func (w *world) resume(users ...string) map[string]trace {
	w.t.Helper()
	r, info := w.latest()
	_ = r.Close()
	w.fail = nil
	return w.trace(w.Run("runs", "resume", info.ID, "--yes", "-o", "ndjson"), users...)
}
