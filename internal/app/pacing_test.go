package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/easemob"
	"github.com/roamctl/roamctl/internal/quota"
)

func TestQuotaShare(t *testing.T) {
	for share, want := range map[int][7]int{
		100: {100, 200, 300, 400, 500, 5, 7}, 80: {80, 160, 240, 320, 400, 4, 5}, 30: {30, 60, 90, 120, 150, 1, 2}, 1: {1, 2, 3, 4, 5, 1, 1},
	} {
		got := limits(config.Settings{
			LimitCallsPerSecond: 100, LimitListPerSecond: 200, LimitDeleteConversationPerSecond: 300, LimitDeletePerSecond: 400, LimitImportPerSecond: 500,
			LimitListPerMinute: 5, LimitDeleteConversationPerMinute: 7, QuotaShare: share,
		})
		second := func(calls int) easemob.Limit { return easemob.Limit{Calls: calls, Per: time.Second} }
		wantLimits := easemob.Limits{
			Other: second(want[0]), List: second(want[1]), Unlist: second(want[2]), Delete: second(want[3]), Import: second(want[4]),
			UserList:   easemob.Limit{Calls: want[5], Per: time.Minute},
			UserUnlist: easemob.Limit{Calls: want[6], Per: time.Minute},
		}
		if diff := cmp.Diff(wantLimits, got); diff != "" {
			t.Errorf("%d%%: (-want +got)\n%s", share, diff)
		}
	}
}

// countingPacer lets everything through.
type countingPacer struct{ calls int }

func (p *countingPacer) Wait(context.Context, string, easemob.Limit) error {
	p.calls++
	return nil
}

func (p *countingPacer) Take(context.Context, string, easemob.Limit) (time.Duration, error) {
	p.calls++
	return 0, nil
}

func TestSharedPacerFallsBackOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	memory, warned := &countingPacer{}, 0
	p := &sharedPacer{
		shared: quota.Open(filepath.Join(file, "quota"), quota.Options{}),
		memory: memory, alone: func(error) { warned++ },
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Wait(cancelled, "b", easemob.Limit{Calls: 1, Per: time.Minute}); !errors.Is(err, context.Canceled) || warned > 0 {
		t.Errorf("cancelled: %v, %d warnings", err, warned)
	}
	for range 3 {
		if err := p.Wait(t.Context(), "b", easemob.Limit{Calls: 1, Per: time.Minute}); err != nil {
			t.Fatal(err)
		}
	}
	if full, err := p.Take(t.Context(), "b", easemob.Limit{Calls: 1, Per: time.Minute}); full != 0 || err != nil {
		t.Error(full, err)
	}
	if memory.calls != 4 || warned != 1 {
		t.Errorf("%d calls were paced in memory, %d warnings; want 4 and 1", memory.calls, warned)
	}
}
