package e2e

import (
	"os"
	"strings"
	"sync"
	"testing"
	"time"

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
