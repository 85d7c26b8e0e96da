package multiuser

import (
	"sync/atomic"
	"time"

	"github.com/roamctl/roamctl/internal/export"
	"github.com/roamctl/roamctl/internal/ledger"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/progress"
)

// meter counts what a run has done, from several goroutines.
type meter struct {
	began  time.Time
	before ledger.Totals // what an earlier process has done
	calls  int           // that the process had made before the run

	users, failed, conversations, messages, listed atomic.Int64
	export                                         export.Meter
	total                                          atomic.Int64 // users; negative while unknown
}

func newMeter(now time.Time, before ledger.Totals, calls int) *meter {
	m := &meter{began: now, before: before, calls: calls}
	m.users.Store(int64(before.Done + before.Failed))
	m.failed.Store(int64(before.Failed))
	m.total.Store(int64(before.Users))
	return m
}

// ended counts a user whose part is over.
func (m *meter) ended(_ ledger.User, r ledger.Result) {
	m.users.Add(1)
	if r.State == ledger.Failed {
		m.failed.Add(1)
	}
}

// idle tells whether this process has brought nobody's part to its end.
func (m *meter) idle() bool { return m.users.Load() == int64(m.before.Done+m.before.Failed) }

// snapshot is the state of the run.
func (m *meter) snapshot(id, phase string, now time.Time, g limiter.Stats) progress.Snapshot {
	s := progress.Snapshot{
		RunID: id, Phase: phase,
		Users: int(m.users.Load()), UsersTotal: int(m.total.Load()), Failed: int(m.failed.Load()),
		Conversations: int(m.conversations.Load() + m.export.Conversations.Load()),
		Messages:      int(m.messages.Load() + m.export.Messages.Load()),
		Calls:         g.Calls - m.calls, Families: g.Families, CallsPerSecond: g.PerSecond, Quota: g.Quota, Refused: g.Refused, InFlight: g.InFlight,
		Elapsed: now.Sub(m.began), Left: -1,
	}
	if done := s.Users - m.before.Done - m.before.Failed; s.UsersTotal >= 0 && done > 0 {
		each := float64(s.Elapsed) / float64(done)
		s.Left = time.Duration(each * float64(s.UsersTotal-s.Users))
	}
	return s
}

// found counts users that were listed: how many there are is known at the end.
func (m *meter) found(n int, all bool) {
	m.listed.Add(int64(n))
	if all {
		m.total.Store(m.listed.Load())
	}
}

// unknown says that the users are listed as they are needed.
func (m *meter) unknown() {
	m.listed.Store(m.total.Load())
	m.total.Store(-1)
}
