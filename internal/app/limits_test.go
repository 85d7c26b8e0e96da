package app

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/iostreams"
	"github.com/roamctl/roamctl/internal/limiter"
)

func TestQuotaShare(t *testing.T) {
	for share, want := range map[int][10]int{
		100: {100, 200, 300, 400, 500, 5, 7, 10, 600, 50}, 80: {80, 160, 240, 320, 400, 4, 5, 8, 480, 40}, 30: {30, 60, 90, 120, 150, 1, 2, 3, 180, 15}, 1: {1, 2, 3, 4, 5, 1, 1, 1, 6, 1},
	} {
		got := limits(config.Settings{
			LimitCallsPerSecond: 100, LimitListPerSecond: 200, LimitDeleteConversationPerSecond: 300, LimitDeletePerSecond: 400, LimitImportPerSecond: 500, LimitRecallPerSecond: 600,
			LimitListPerMinute: 5, LimitDeleteConversationPerMinute: 7, LimitHistoryFilesPerMinute: 10, LimitGroupsPerSecond: 50, QuotaShare: share,
		})
		second := func(calls int) limiter.Limit { return limiter.Limit{Calls: calls, Per: time.Second} }
		minute := func(calls int) limiter.Limit { return limiter.Limit{Calls: calls, Per: time.Minute} }
		wantLimits := limiter.Limits{
			limiter.FamilyOther:              {App: second(want[0])},
			limiter.FamilyAttachments:        {App: second(want[0])},
			limiter.FamilyList:               {App: second(want[1]), User: minute(want[5])},
			limiter.FamilyDeleteConversation: {App: second(want[2]), User: minute(want[6])},
			limiter.FamilyDelete:             {App: second(want[3])},
			limiter.FamilyImport:             {App: second(want[4])},
			limiter.FamilyHistoryFiles:       {App: minute(want[7])},
			limiter.FamilyRecall:             {App: second(want[8])},
			limiter.FamilyGroups:             {App: second(want[9])},
		}
		if diff := cmp.Diff(wantLimits, got); diff != "" {
			t.Errorf("%d%%: (-want +got)\n%s", share, diff)
		}
	}
}

// The app warns that limits are off, except for a sandbox.
func TestUnpacedCallsAreWarnedOf(t *testing.T) {
	for host, warned := range map[string]bool{"a1.easemob.com": true, "http://127.0.0.1:8080": false} {
		for _, on := range []bool{false, true} {
			io, _, _, errOut := iostreams.Test()
			a := New(io, func(string) string { return t.TempDir() }, "test")
			if _, err := a.hosted(config.Settings{Limits: on, QuotaShare: 100}, config.Connection{Host: host, AppKey: "o#a"}); err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(errOut.String(), "limits are off"); got != (warned && !on) {
				t.Errorf("%s, limits %t: %s", host, on, errOut)
			}
		}
	}
}
