package multiuser_test

import (
	"encoding/json"
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
