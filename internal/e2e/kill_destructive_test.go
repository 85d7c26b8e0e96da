package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/audit"
	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/easemob"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/sandbox"
)

const (
	roundMessages = 120 // of a victim's chat, and as many of the peer's
	roundEarlier  = 20  // of them deleted with a backup before, and restored meanwhile
	roundWorkers  = 3
	roundLatency  = 2 * time.Millisecond
)

// rounds is how many commands are killed: all 300 where ROAMCTL_TEST_KILLS is
// "all", else a sample.
func rounds(all, sample int) int {
	if os.Getenv("ROAMCTL_TEST_KILLS") == "all" {
		return all
	}
	return sample
}

// scenario is a destructive command. V and P in its words are a victim and the
// peer, PLAN a plan's file and FILE one with both users.
type scenario struct {
	words string
	plan  string // what makes the plan
	// takes tells that what comes until the command ends may go unsaved: it was
	// told to delete whatever is there, without a backup.
	takes bool
	// both tells that the peer loses the same.
	both bool
}

func (s scenario) noBackup() bool { return strings.Contains(s.words+s.plan, "--no-backup") }

func scenarios() []scenario {
	return []scenario{
		{words: "messages delete -u V -c P --before 2100-01-01 --yes"},
		{words: "messages clear -u V --yes"},
		{words: "conversations delete -u V P --delete-messages --yes"},
		{words: "conversations delete -u V P --delete-messages --everyone --yes", both: true},
		{words: "messages clear --users-file FILE --yes", both: true},
		{words: "messages delete --users-file FILE --before 2100-01-01 --yes", both: true},
		{words: "apply PLAN --yes", plan: "messages clear -u V --plan PLAN"},
		{words: "apply PLAN --yes", plan: "messages delete -u V -c P --before 2100-01-01 --no-backup --plan PLAN"},
		{words: "apply PLAN --yes", plan: "messages clear --users-file FILE --no-backup --plan PLAN", both: true},
		{words: "messages delete -u V -c P --before 2100-01-01 --no-backup --yes"},
		{words: "messages delete --users-file FILE --before 2100-01-01 --no-backup --yes", both: true},
		{words: "messages clear -u V --no-backup --yes", takes: true},
		{words: "messages clear --users-file FILE --no-backup --yes", takes: true, both: true},
		{words: "conversations delete -u V P --delete-messages --no-backup --yes", takes: true},
		{words: "conversations delete -u V P --delete-messages --everyone --no-backup --yes", takes: true, both: true},
	}
}

// Each destructive command is killed at a random instant and resumed, while
// somebody writes to the user and an earlier deletion is restored. Nothing is gone
// that was neither there when it was confirmed without a backup nor is in a backup
// that verifies, and the others lose nothing.
func TestKilledCommandsLoseNothing(t *testing.T) {
	t.Run("calm", func(t *testing.T) { killRounds(t, rounds(150, len(scenarios())), nil) })
	t.Run("faulty", func(t *testing.T) {
		killRounds(t, rounds(150, len(scenarios())), faultsOf(t, "route=*,status=429,p=0.02,seed=1", "route=*,status=503,p=0.02,seed=2",
			"route=*,reset=after,p=0.03,seed=3", "route=history,truncate,p=0.02,seed=4"))
	})
}

func faultsOf(t *testing.T, specs ...string) []sandbox.Fault {
	t.Helper()
	var faults []sandbox.Fault
	for _, spec := range specs {
		f, err := sandbox.ParseFault(spec)
		if err != nil {
			t.Fatal(err)
		}
		faults = append(faults, f)
	}
	return faults
}

func killRounds(t *testing.T, n int, faults []sandbox.Fault) {
	t.Helper()
	if testing.Short() {
		t.Skip("a long test")
	}
	a := newArena(t, n, faults)
	all := scenarios()
	longest := make([]time.Duration, len(all))
	for i, s := range all { // how long each takes undisturbed
		r := a.round(t, n+i, s)
		r.begun(t)
		began := time.Now()
		r.must(t, r.command()...)
		longest[i] = time.Since(began)
	}
	var mu sync.Mutex
	ends := map[string]int{}
	next := make(chan int)
	var workers sync.WaitGroup
	for range roundWorkers {
		workers.Go(func() {
			for i := range next {
				end := a.round(t, i, all[i%len(all)]).play(t, longest[i%len(all)])
				mu.Lock()
				ends[end]++
				mu.Unlock()
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	workers.Wait()
	t.Logf("%d rounds: %v", n, ends)
	if ends["resumed, done"] == 0 {
		t.Error("no command was killed while it was at work: the test shows nothing")
	}
}

// arena is a served sandbox with a victim and a peer for each round.
type arena struct {
	box    *sandbox.Sandbox
	env    []string // of a process that nothing disturbs
	rough  string   // the host that misbehaves, and by which rounds are disturbed
	client *easemob.Client
	dir    string

	mu      sync.Mutex
	playing map[string]*round // by their victims and peers
}

func newArena(t *testing.T, n int, faults []sandbox.Fault) *arena {
	t.Helper()
	data := t.TempDir()
	serve := func(o sandbox.Options, around func(http.Handler) http.Handler) (*sandbox.Sandbox, string) {
		o.Dir = data
		box, err := sandbox.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(around(box.Handler()))
		t.Cleanup(func() { server.Close(); _ = box.Close() })
		return box, server.URL
	}
	a := &arena{dir: t.TempDir(), playing: map[string]*round{}}
	box, calm := serve(sandbox.Options{}, func(h http.Handler) http.Handler { return h })
	_, a.rough = serve(sandbox.Options{Faults: faults, Latency: roundLatency}, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			a.disturb(r)
			h.ServeHTTP(w, r)
		})
	})
	a.box = box
	var b strings.Builder
	begin := time.Now().AddDate(0, 0, -1).UnixMilli()
	for i := range roundMessages {
		for r := range n + len(scenarios()) {
			fmt.Fprintf(&b, `{"msg_id":"%d","timestamp":%d,"from":"v%d","to":"p%[3]d","chat_type":"chat",`+
				`"payload":{"bodies":[{"type":"txt","msg":"message %[4]d"}],"ext":{},"from":"v%[3]d","to":"p%[3]d"}}`+"\n",
				uint64(r+1)*1_000_000+uint64(i), begin+int64(i)*1000, r, i) //nolint:gosec // small
		}
	}
	if _, err := box.Import(t.Context(), strings.NewReader(b.String()), nil); err != nil {
		t.Fatal(err)
	}
	to := box.Credentials()
	a.env = append(os.Environ(), "ROAMCTL_KEYRING=off", "ROAMCTL_LIMITS=off", "ROAMCTL_RETRIES=12",
		"ROAMCTL_HOST="+calm, "ROAMCTL_APP_KEY="+to.AppKey,
		"ROAMCTL_CLIENT_ID="+to.ClientID, "ROAMCTL_CLIENT_SECRET="+to.ClientSecret)
	var err error
	a.client, err = easemob.New(easemob.Options{Host: calm, AppKey: to.AppKey, ClientID: to.ClientID, ClientSecret: to.ClientSecret})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// disturb has the peer write to the victim, just before a request about either
// that changes something is dealt with, and before some of those that read.
func (a *arena) disturb(r *http.Request) {
	for segment := range strings.SplitSeq(r.URL.Path, "/") {
		a.mu.Lock()
		playing := a.playing[segment]
		a.mu.Unlock()
		if playing != nil {
			playing.write(r.Context(), r.Method == http.MethodDelete || strings.HasSuffix(r.URL.Path, "/delete/all"))
			return
		}
	}
}

// round is one command, its victim and its peer, with a home of their own.
type round struct {
	*arena
	scenario

	n            int
	home         string
	victim, peer string

	mu        sync.Mutex
	disturbed bool // processes meet the host that misbehaves
	requests  int
	came      []string // what was written since the round began, by its words
	confirm   int      // so many of them may be gone unsaved
}

func (a *arena) round(t *testing.T, n int, s scenario) *round {
	t.Helper()
	r := &round{arena: a, scenario: s, n: n, victim: fmt.Sprint("v", n), peer: fmt.Sprint("p", n), home: filepath.Join(a.dir, fmt.Sprint(n))}
	if err := os.Mkdir(r.home, 0o700); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(r.path("FILE"), []byte(r.victim+"\n"+r.peer+"\n"), 0o600); err != nil {
		t.Error(err)
	}
	return r
}

func (r *round) path(name string) string { return filepath.Join(r.home, name) }

func (r *round) fill(words string) []string {
	return strings.Fields(strings.NewReplacer("V", r.victim, "P ", r.peer+" ", "PLAN", r.path("PLAN"), "FILE", r.path("FILE")).Replace(words + " "))
}

func (r *round) command() []string { return append(r.fill(r.words), "-q") }

func (r *round) process(args ...string) *exec.Cmd {
	cmd := exec.Command("roamctl", args...)
	cmd.Env = append(slices.Clone(r.env), "HOME="+r.home)
	if r.disturbed {
		cmd.Env = append(cmd.Env, "ROAMCTL_HOST="+r.rough)
	}
	return cmd
}

// exec runs a command to its end and gives its exit code and what it said.
func (r *round) exec(args ...string) (int, string) {
	cmd := r.process(args...)
	out, _ := cmd.CombinedOutput()
	return cmd.ProcessState.ExitCode(), string(out)
}

// must runs a command that has to succeed.
func (r *round) must(t *testing.T, args ...string) string {
	t.Helper()
	code, out := r.exec(args...)
	if code != 0 {
		t.Errorf("round %d (%s): roamctl %s: exit %d\n%s", r.n, r.words, strings.Join(args, " "), code, out)
	}
	return out
}

// write has the peer write to the victim.
func (r *round) write(ctx context.Context, always bool) {
	const most, some = 40, 4
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests++
	if len(r.came) == most || !always && r.requests%some != 0 {
		return
	}
	words := fmt.Sprintf("came %d", len(r.came))
	_, err := r.box.Send(context.WithoutCancel(ctx), sandbox.Message{
		Type: "chat", From: r.peer, To: r.victim, Body: map[string]any{"type": "txt", "msg": words},
	})
	if err == nil {
		r.came = append(r.came, words)
	}
}

// begun makes the round's earlier deletion, and its plan. It gives the run of the
// former.
func (r *round) begun(t *testing.T) string {
	t.Helper()
	ids := make([]string, roundEarlier)
	for i := range ids {
		ids[i] = fmt.Sprint(uint64(r.n+1)*1_000_000 + uint64(i)) //nolint:gosec // small
	}
	r.must(t, "messages", "delete", "-u", r.victim, "-c", r.peer, "--id", strings.Join(ids, ","), "--yes", "-q")
	if r.plan != "" {
		r.must(t, r.fill(r.plan)...)
	}
	runs := r.runs(t)
	if len(runs) == 0 {
		t.Fatalf("round %d: the earlier deletion left no run", r.n)
	}
	return runs[0].ID
}

type begunRun struct{ ID, State string }

// runs are those of the round's home, the latest first.
func (r *round) runs(t *testing.T) []begunRun {
	t.Helper()
	var list struct{ Items []begunRun }
	out, err := r.process("runs", "list", "-o", "json").Output()
	if err == nil {
		err = json.Unmarshal(out, &list)
	}
	if err != nil {
		t.Errorf("round %d: listing runs: %v\n%s", r.n, err, out)
	}
	return list.Items
}

// play plays the round and says how it ended.
func (r *round) play(t *testing.T, longest time.Duration) string {
	t.Helper()
	dice := rand.New(rand.NewPCG(uint64(r.n), 11)) //nolint:gosec // not below 0
	earlier := r.begun(t)
	r.register(r)
	r.disturbed = true
	restoring := dice.IntN(3) // with the command, before it is resumed, or with that
	var restores sync.WaitGroup
	restore := func(when int) {
		if restoring == when {
			restores.Go(func() { r.exec("restore", earlier, "--allow-duplicates", "--yes", "-q") })
		}
	}
	restore(0)
	r.kill(t, longest/4+time.Duration(dice.Int64N(int64(longest))), r.command()...)
	r.mu.Lock()
	r.confirm = len(r.came)
	r.mu.Unlock()
	restore(1)
	restores.Wait()
	run, end := r.runs(t)[0], "unbegun"
	if run.ID != earlier {
		end = run.State // done, or refused: the restore was at work
	}
	if end != "unbegun" && end != "done" && end != "refused" {
		restore(2)
		r.resume(t, dice, longest, run.ID, &restores)
		end = "resumed, " + r.runs(t)[0].State
	}
	restores.Wait()
	r.register(nil)
	r.disturbed = false
	r.check(t, end == "done" || end == "resumed, done")
	return end
}

// register has what is asked about the victim and the peer disturbed by r.
func (r *round) register(by *round) {
	r.arena.mu.Lock()
	defer r.arena.mu.Unlock()
	r.playing[r.victim], r.playing[r.peer] = by, by
}

// kill runs a command that is killed after a while, and gives its exit code: -1
// when it was.
func (r *round) kill(t *testing.T, after time.Duration, args ...string) int {
	t.Helper()
	cmd := r.process(args...)
	if err := cmd.Start(); err != nil {
		t.Error(err)
		return -1
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	_ = cmd.Wait()
	timer.Stop()
	return cmd.ProcessState.ExitCode()
}

// resume resumes a run, which may be killed once more, until it is done or asks
// anew.
func (r *round) resume(t *testing.T, dice *rand.Rand, longest time.Duration, run string, restores *sync.WaitGroup) {
	t.Helper()
	args := []string{"runs", "resume", run, "--yes", "-q"}
	if dice.IntN(2) == 0 {
		r.kill(t, time.Duration(dice.Int64N(int64(longest))), args...)
	}
	const tries = 8 // of a service that fails
	var code int
	var out string
	for range tries {
		code, out = r.exec(args...)
		if strings.Contains(out, "is being worked on") {
			restores.Wait()
			continue
		}
		if code == 0 || code == fault.Safety.ExitCode() {
			break
		}
	}
	switch {
	case code == 0:
	case code == fault.Partial.ExitCode() && r.noBackup(): // a restored message may be as old as those that went
	case code == fault.Safety.ExitCode() && (r.noBackup() || r.plan != "" || strings.Contains(out, "killed while its users were read")):
	default:
		t.Errorf("round %d (%s): roamctl runs resume: exit %d\n%s", r.n, r.words, code, out)
	}
}

// check holds what the victim and the peer have against what they may have lost.
func (r *round) check(t *testing.T, done bool) {
	t.Helper()
	r.checkSide(t, r.victim, r.peer, done)
	if r.both {
		r.checkSide(t, r.peer, r.victim, done)
	} else if lost := r.missing(t, r.peer, r.victim); len(lost) > 0 {
		t.Errorf("round %d (%s): the peer lost %q", r.n, r.words, lost)
	}
	log := audit.Open(filepath.Join(r.home, ".local", "state", "roamctl", "audit.ndjson"), time.Now)
	if _, err := log.Verify(t.Context()); err != nil {
		t.Errorf("round %d: the audit log: %v", r.n, err)
	}
}

// checkSide holds one user's view against the backups and what was confirmed.
func (r *round) checkSide(t *testing.T, owner, other string, done bool) {
	t.Helper()
	lost := r.missing(t, owner, other)
	saved := r.saved(t, owner)
	may := map[string]bool{} // be gone without a backup
	if r.noBackup() {
		for i := range roundMessages {
			may[initial(i)] = true
		}
	}
	if r.takes {
		n := r.confirm
		if r.both {
			n = len(r.came) // a run over many goes on with users whose turn had not come
		}
		for _, words := range r.came[:n] {
			may[words] = true
		}
	}
	for _, words := range lost {
		if !saved[words] && !may[words] {
			t.Errorf("round %d (%s): %s lost %q, which is in no backup", r.n, r.words, owner, words)
		}
	}
	if !done {
		return
	}
	gone := map[string]bool{}
	for _, words := range lost {
		gone[words] = true
	}
	for i := roundEarlier; i < roundMessages; i++ {
		if !gone[initial(i)] {
			t.Errorf("round %d (%s): %s still has %q", r.n, r.words, owner, initial(i))
			return
		}
	}
}

func initial(i int) string { return fmt.Sprintf("message %d", i) }

// missing are the messages, by their words, that owner does not have.
func (r *round) missing(t *testing.T, owner, other string) []string {
	t.Helper()
	missing := map[string]bool{}
	for i := range roundMessages {
		missing[initial(i)] = true
	}
	for _, words := range r.came {
		missing[words] = true
	}
	ref := roaming.Ref{Owner: owner, Conversation: other, Type: roaming.Chat}
	for m, err := range roaming.Items(r.client.History(context.Background(), ref, roaming.HistoryQuery{})) {
		if err != nil {
			t.Errorf("round %d: reading %s: %v", r.n, ref, err)
			return nil
		}
		delete(missing, m.Text)
	}
	return slices.Sorted(maps.Keys(missing))
}

// saved are the messages, by their words, in backups of owner that verify.
func (r *round) saved(t *testing.T, owner string) map[string]bool {
	t.Helper()
	saved := map[string]bool{}
	entries, err := backup.List(filepath.Join(r.home, ".local", "state", "roamctl", "backups"))
	if err != nil {
		t.Errorf("round %d: %v", r.n, err)
	}
	for _, e := range entries {
		manifest, err := backup.Verify(context.Background(), e.Path)
		if err != nil || manifest.Owner != owner {
			continue // one that does not verify saves nothing
		}
		b, err := backup.Open(e.Path)
		if err != nil {
			t.Error(err)
			continue
		}
		for m, err := range b.Messages() {
			if err != nil {
				t.Error(err)
			}
			saved[m.Text] = true
		}
		_ = b.Close()
	}
	return saved
}
