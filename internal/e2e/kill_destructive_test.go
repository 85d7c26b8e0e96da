package e2e

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/sandbox"
)

const (
	roundMessages = 120 // in the chat of victim and peer
	roundEarlier  = 20  // of them deleted with a backup before, and restored meanwhile
	roundWorkers  = 3
	roundLatency  = 2 * time.Millisecond
)

// scenario is a destructive command. In its words V is a victim, P the peer, PLAN a
// plan's file and FILE a file with both users.
type scenario struct {
	words string
	plan  string // the command that makes the plan
	// takes means that it deletes what is written until it ends, without a backup.
	takes bool
	// both means that the peer loses the same messages.
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
		{words: "messages recall -u V -c P --until 2100-01-01 --force --yes", both: true},
		{words: "messages recall --users-file FILE --until 2100-01-01 --force --yes", both: true},
		{words: "messages clear -u V --no-backup --yes", takes: true},
		{words: "messages clear --users-file FILE --no-backup --yes", takes: true, both: true},
		{words: "conversations delete -u V P --delete-messages --no-backup --yes", takes: true},
		{words: "conversations delete -u V P --delete-messages --everyone --no-backup --yes", takes: true, both: true},
	}
}

// TestKilledCommandsLoseNothing kills each destructive command at a random instant
// and resumes it, while messages arrive for the user and an earlier deletion is
// restored. Every deleted message was there when the command was confirmed without
// a backup, or is in a valid backup. Other users lose nothing.
func TestKilledCommandsLoseNothing(t *testing.T) {
	calm, faulty := newKillBudget(t, 150, len(scenarios())), newKillBudget(t, 150, 5)
	t.Parallel()
	longest := measureScenarios(t)
	t.Run("calm", func(t *testing.T) {
		t.Parallel()
		killRounds(t, calm, longest, nil)
	})
	t.Run("faulty", func(t *testing.T) {
		t.Parallel()
		killRounds(t, faulty, longest, faultsOf(t, "route=*,status=429,p=0.02,seed=1", "route=*,status=503,p=0.02,seed=2",
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

// measureScenarios returns how long each command takes undisturbed.
func measureScenarios(t *testing.T) []time.Duration {
	t.Helper()
	all := scenarios()
	a, longest := newArena(t, len(all), nil), make([]time.Duration, len(all))
	for i, s := range all {
		r := a.round(t, i, s)
		r.begun(t)
		began := time.Now()
		r.must(t, r.command()...)
		longest[i] = time.Since(began)
	}
	return longest
}

func killRounds(t *testing.T, budget killBudget, longest []time.Duration, faults []sandbox.Fault) {
	t.Helper()
	a, all := newArena(t, budget.rounds, faults), scenarios()
	var mu sync.Mutex
	ends := map[string]int{}
	n := budget.run(roundWorkers, func(n int) {
		i := n * 4 % len(all) // a few rounds have commands of each kind; 4 and the number have no common divisor
		end := a.round(t, n, all[i]).play(t, longest[i])
		mu.Lock()
		ends[end]++
		mu.Unlock()
	})
	t.Logf("%d rounds: %v", n, ends)
	if ends["resumed, done"] == 0 {
		t.Error("no command was killed in the middle: the test shows nothing")
	}
}
