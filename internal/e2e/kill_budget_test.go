package e2e

import (
	"os"
	"sync"
	"testing"
	"time"
)

// killBudget is how many rounds a kill test runs. The variable
// ROAMCTL_TEST_KILLS sets it: "all" is every round, a duration such as "20s" is
// the rounds that begin within it, and without it a test runs a sample.
type killBudget struct {
	rounds int // the most that it runs
	sample int // it runs so many in any case
	end    time.Time
}

func newKillBudget(t *testing.T, all, sample int) killBudget {
	t.Helper()
	if testing.Short() {
		t.Skip("it starts and kills many processes")
	}
	switch kills := os.Getenv("ROAMCTL_TEST_KILLS"); kills {
	case "":
		return killBudget{rounds: sample, sample: sample}
	case "all":
		return killBudget{rounds: all, sample: all}
	default:
		d, err := time.ParseDuration(kills)
		if err != nil {
			t.Fatalf("ROAMCTL_TEST_KILLS: %v", err)
		}
		return killBudget{rounds: all, sample: sample, end: time.Now().Add(d)}
	}
}

// more reports whether to run another round after n.
func (b killBudget) more(n int) bool {
	return n < b.sample || n < b.rounds && time.Now().Before(b.end)
}

// run runs rounds, some at a time, and returns how many.
func (b killBudget) run(workers int, round func(n int)) int {
	next := make(chan int)
	var work sync.WaitGroup
	for range workers {
		work.Go(func() {
			for n := range next {
				round(n)
			}
		})
	}
	n := 0
	for ; b.more(n); n++ {
		next <- n
	}
	close(next)
	work.Wait()
	return n
}
