package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/sandbox"
)

// round is one run of a scenario, with a home, a victim and a peer of its own.
type round struct {
	*arena
	scenario

	n            int
	home         string
	victim, peer string

	mu        sync.Mutex
	disturbed bool // processes use the host that misbehaves
	requests  int
	came      []string // the texts that were written since the round began
	confirm   int      // how many of them existed when the command was confirmed
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

// exec runs a command and returns its exit code and output.
func (r *round) exec(args ...string) (int, string) {
	cmd := r.process(args...)
	out, _ := cmd.CombinedOutput()
	return cmd.ProcessState.ExitCode(), string(out)
}

// must runs a command that must succeed.
func (r *round) must(t *testing.T, args ...string) string {
	t.Helper()
	code, out := r.exec(args...)
	if code != 0 {
		t.Errorf("round %d (%s): roamctl %s: exit %d\n%s", r.n, r.words, strings.Join(args, " "), code, out)
	}
	return out
}

// write sends a message from the peer to the victim.
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

// begun does the round's earlier deletion, and makes its plan. It returns the
// deletion's run.
func (r *round) begun(t *testing.T) string {
	t.Helper()
	ids := make([]string, roundEarlier)
	for i := range ids {
		ids[i] = fmt.Sprint(uint64(r.n+1)*1_000_000 + uint64(i))
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

// runs returns the runs of the round's home, the newest first.
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

// play runs the round and returns how it ended.
func (r *round) play(t *testing.T, longest time.Duration) string {
	t.Helper()
	dice := rand.New(rand.NewPCG(uint64(r.n), 11))
	earlier := r.begun(t)
	r.register(r)
	r.disturbed = true
	restoring := dice.IntN(3) // restore during the command, before it is resumed, or during that
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
		end = run.State // done, or refused because of the restore
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

// register sets which round disturbs requests about the victim and the peer.
func (r *round) register(by *round) {
	r.arena.mu.Lock()
	defer r.arena.mu.Unlock()
	r.playing[r.victim], r.playing[r.peer] = by, by
}

// kill runs a command, kills it after a while, and returns its exit code: -1 if it was
// killed.
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

// resume resumes a run until it is done or needs a new confirmation. It can kill it
// once more.
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
		if strings.Contains(out, "is locked") {
			restores.Wait()
			continue
		}
		if code == 0 || code == fault.Safety.ExitCode() {
			break
		}
	}
	switch {
	case code == 0:
	case code == fault.Partial.ExitCode() && r.noBackup(): // a restored message can be as old as the deleted ones
	case code == fault.Safety.ExitCode() && (r.noBackup() || r.plan != "" || strings.Contains(out, "killed while its users were read")):
	default:
		t.Errorf("round %d (%s): roamctl runs resume: exit %d\n%s", r.n, r.words, code, out)
	}
}
