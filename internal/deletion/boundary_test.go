package deletion

import (
	"context"
	"errors"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

// odd is a service whose histories don't match the query: change is called with each
// message, and an unbounded service ignores the bounds of the query.
type odd struct {
	roaming.Service

	change    func(m *roaming.Message)
	unbounded bool
}

func (o odd) History(ctx context.Context, ref roaming.Ref, q roaming.HistoryQuery) iter.Seq2[roaming.Page[roaming.Message], error] {
	if o.unbounded {
		q.Since, q.Until = time.Time{}, time.Time{}
	}
	return func(yield func(roaming.Page[roaming.Message], error) bool) {
		for page, err := range o.Service.History(ctx, ref, q) {
			for i := range page.Items {
				if o.change != nil {
					o.change(&page.Items[i])
				}
			}
			if !yield(page, err) {
				return
			}
		}
	}
}

// undated removes the time of messages.
func undated(ids ...roaming.MessageID) func(*roaming.Message) {
	return func(m *roaming.Message) {
		if slices.Contains(ids, m.ID) {
			m.Timestamp = roaming.Time{}
		}
	}
}

// unnamed removes the ID of messages.
func unnamed(ids ...roaming.MessageID) func(*roaming.Message) {
	return func(m *roaming.Message) {
		if slices.Contains(ids, m.ID) {
			m.ID = 0
		}
	}
}

func through(minute int) roaming.Time {
	return roaming.Time{Time: begin.Add(time.Duration(minute) * time.Minute)}
}

// Messages after --before are kept, even if the service rounds times.
func TestMessagesAfterBeforeAreKept(t *testing.T) {
	for name, noBackup := range map[string]bool{"with a backup": false, "without": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 5)
			e := w.engine()
			e.Service = odd{Service: w.svc, unbounded: true}
			s := w.settings(Target{Ref: chat, Through: through(1)})
			s.NoBackup = noBackup
			r, err := e.Run(t.Context(), s, &journal{}, Replay{})
			w.must(err)
			w.want("left", w.ids[2:], w.left(chat))
			w.want("still visible", 0, len(r.Verification.StillVisible))
			if !noBackup {
				w.want("in the backup", w.ids[:2], w.backedUp(r.Backup.Path))
			}
		})
	}
}

// The query ends one second later, for a service that compares whole seconds.
// Otherwise the messages of the last second would stay.
func TestMessagesOfTheLastSecondAreDeleted(t *testing.T) {
	w := newWorld(t, 2)
	var until []time.Time
	e := w.engine()
	e.Service = asked{w.svc, func(q roaming.HistoryQuery) { until = append(until, q.Until) }}
	last := roaming.Time{Time: begin.Add(time.Minute + 999*time.Millisecond)}
	_, err := e.Run(t.Context(), w.settings(Target{Ref: chat, Through: last}), &journal{}, Replay{})
	w.must(err)
	w.want("asked", last.Add(time.Second), until[0])
	w.want("left", []roaming.MessageID{}, w.left(chat))
}

// asked is a service that records each query.
type asked struct {
	roaming.Service

	of func(q roaming.HistoryQuery)
}

func (a asked) History(ctx context.Context, ref roaming.Ref, q roaming.HistoryQuery) iter.Seq2[roaming.Page[roaming.Message], error] {
	a.of(q)
	return a.Service.History(ctx, ref, q)
}

// A message dated in the future is deleted; messages that arrive later stay.
func TestFutureMessageDoesNotMoveTheBoundary(t *testing.T) {
	w := newWorld(t, 5)
	w.send("bob", "alice", "chat", 3_000_000)
	var newcomer roaming.MessageID
	e := w.engine()
	e.OnProgress = func(p Progress) {
		if p.Backup != nil {
			newcomer = w.send("bob", "alice", "chat", 100)
		}
	}
	r, err := e.Run(t.Context(), w.settings(Target{Ref: chat, All: true}), &journal{}, Replay{})
	w.must(err)
	w.want("in the backup", 6, r.Backup.Messages)
	w.want("left", []roaming.MessageID{newcomer}, w.left(chat))
}

// A message without a time is deleted by ID and verified.
func TestAMessageWithoutATimeIsDeleted(t *testing.T) {
	for name, target := range map[string]func(w *world) Target{
		"all":   func(*world) Target { return Target{Ref: chat, All: true} },
		"by ID": func(w *world) Target { return Target{Ref: chat, IDs: w.ids} },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 4)
			e := w.engine()
			change := undated(w.ids...)
			e.Service = odd{Service: w.svc, change: change}
			r, err := e.Run(t.Context(), w.settings(target(w)), &journal{}, Replay{})
			w.must(err)
			w.want("left", []roaming.MessageID{}, w.left(chat))
			w.want("deleted", 4, r.Verification.Deleted)

			w = newWorld(t, 4)
			e.Service = ignoring{odd{Service: w.svc, change: undated(w.ids[3])}}
			r, err = e.Run(t.Context(), w.settings(target(w)), &journal{}, Replay{})
			w.want("kind", fault.Partial, fault.KindOf(err))
			w.want("still visible", 4, len(r.Verification.StillVisible))
		})
	}
}

// A message without a time stays, because its age is unknown, and is counted.
func TestMessagesWithoutATimeStay(t *testing.T) {
	w := newWorld(t, 4)
	e := w.engine()
	e.Service = odd{Service: w.svc, change: undated(w.ids[1])}
	r, err := e.Run(t.Context(), w.settings(Target{Ref: chat, Through: through(2)}), &journal{}, Replay{})
	w.must(err)
	w.want("left", []roaming.MessageID{w.ids[1], w.ids[3]}, w.left(chat))
	w.want("counted", []int{2, 1, 0}, []int{r.Accepted, r.WithoutTime, r.WithoutID})
	r, err = e.Run(t.Context(), w.settings(Target{Ref: chat, IDs: w.ids[3:]}), &journal{}, Replay{})
	w.must(err)
	w.want("kept beside what was named", 0, r.WithoutTime)
}

// A message without an ID can't be deleted. It is backed up and counted, and its
// conversation stays on the list.
func TestAMessageWithoutAnIDStays(t *testing.T) {
	target := Target{Ref: chat, All: true, Drop: true}
	for name, noBackup := range map[string]bool{"with a backup": false, "by a plan without": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 4)
			e := w.engine()
			e.Service = odd{Service: w.svc, change: unnamed(w.ids[1])}
			s := w.settings(target)
			s.NoBackup = noBackup
			s.Expected = []Frozen{{Target: target, Visible: []roaming.MessageID{w.ids[0], w.ids[2], w.ids[3]}}}
			r, err := e.Run(t.Context(), s, &journal{}, Replay{})
			w.want("kind", fault.Partial, fault.KindOf(err))
			w.want("state", run.PartlyDone, r.State)
			w.want("left", w.ids[1:2], w.left(chat))
			w.want("counted", []int{4, 3, 1, 3}, []int{r.Requested, r.Accepted, r.WithoutID, r.Verification.Deleted})
			w.want("on the list", true, slices.Contains(w.conversations(), "bob"))
			if !noBackup {
				w.want("backup", 4, r.Backup.Messages)
			}

			s.Expected[0].Visible = nil
			r, err = e.Run(t.Context(), s, &journal{}, Replay{})
			w.want("kind", fault.Safety, fault.KindOf(err))
			w.want("state", run.Refused, r.State)
			w.want("backup", (*BackupRef)(nil), r.Backup)
			w.want("left", w.ids[1:2], w.left(chat))
		})
	}
}

// A --before in the future is capped at the start of the run, also when the run is
// killed and resumed: messages that arrive later were not confirmed.
func TestFutureBeforeIsCappedAtTheStart(t *testing.T) {
	for name, job := range map[string]Job{
		"one":  {User: "alice", BatchSize: 50, Targets: []Target{{Ref: chat, Through: through(1_000_000)}}},
		"each": {User: "alice", BatchSize: 50, Each: &Each{Through: through(1_000_000)}},
	} {
		for dieAt := range 3 {
			t.Run(name, func(t *testing.T) {
				w := newWorld(t, 3)
				s := w.settings()
				s.Job, s.NoBackup = job, true
				s, err := s.Capped(t.Context(), w.svc)
				w.must(err)
				w.want("the job of the caller", true, job.Each == nil || job.Each.Through == through(1_000_000))
				j := &journal{dieAt: dieAt} // before anything is sent; 0: not at all
				_, err = w.engine().Run(t.Context(), s, j, Replay{})
				w.want("killed", dieAt > 0, errors.Is(err, errKilled))
				newcomer := w.send("bob", "alice", "chat", 24*60+1)
				j.dieAt = 0
				_, err = w.engine().Run(t.Context(), s, j, j.replay(t, s.Job))
				w.must(err)
				w.want("left", []roaming.MessageID{newcomer}, w.left(chat))
			})
		}
	}
}

// A time in the past is not changed, nor is one of a job that reads the messages.
func TestOnlyFutureTimesAreCapped(t *testing.T) {
	w := newWorld(t, 0)
	future, past := through(1_000_000), through(1)
	for name, tt := range map[string]struct{ s, want Settings }{
		"past":          {Settings{NoBackup: true, Job: Job{Targets: []Target{{Through: past}}}}, Settings{NoBackup: true, Job: Job{Targets: []Target{{Through: past}}}}},
		"each, past":    {Settings{NoBackup: true, Job: Job{Each: &Each{Through: past}}}, Settings{NoBackup: true, Job: Job{Each: &Each{Through: past}}}},
		"with a backup": {Settings{Job: Job{Each: &Each{Through: future}}}, Settings{Job: Job{Each: &Each{Through: future}}}},
		"one of two": {
			Settings{NoBackup: true, Job: Job{Targets: []Target{{Through: past}, {Through: future}, {All: true}}}},
			Settings{NoBackup: true, Job: Job{Targets: []Target{{Through: past}, {Through: through(24 * 60)}, {All: true}}}},
		},
	} {
		got, err := tt.s.Capped(t.Context(), w.svc)
		w.must(err)
		got.Job.Targets = slices.Concat(got.Job.Targets) // nil where there are none
		w.want(name, tt.want, got)
	}
}

func TestBound(t *testing.T) {
	target := func(t Target) Frozen { return Frozen{Target: t, Newest: through(9)} }
	frozen := []Frozen{
		target(Target{All: true}),
		{Target: Target{All: true}, Newest: through(90)},
		target(Target{Through: through(11)}),
		target(Target{Through: through(5)}),
		target(Target{IDs: []roaming.MessageID{1}}),
		{Target: Target{All: true}},
	}
	Bound(frozen, through(10))
	var got []roaming.Time
	for _, f := range frozen {
		got = append(got, f.Through)
	}
	if diff := cmp.Diff([]roaming.Time{through(9), through(10), through(10), through(5), {}, {}}, got); diff != "" {
		t.Error(diff)
	}
}

// A plan is compared with the history and deleted by ID, with or without a backup.
func TestPlanIsComparedWithTheHistory(t *testing.T) {
	for name, noBackup := range map[string]bool{"with a backup": false, "without": true} {
		for how, tt := range map[string]struct {
			disturb func(w *world)
			refused bool
			left    int
		}{
			"undisturbed":   {func(*world) {}, false, 1},
			"one is gone":   {func(w *world) { w.must(w.svc.DeleteMessages(w.Context(), chat, w.ids[:1], false)) }, true, 4},
			"an old import": {func(w *world) { w.send("bob", "alice", "chat", 1) }, true, 6},
			"a newcomer":    {func(w *world) { w.send("bob", "alice", "chat", 100) }, false, 2},
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				w := newWorld(t, 5)
				// The last message of the plan is dated in the future.
				target := Target{Ref: chat, Through: through(3)}
				target.IDs = []roaming.MessageID{w.send("bob", "alice", "chat", 1_000_000)}
				s := w.settings(target)
				s.NoBackup = noBackup
				s.Expected = []Frozen{{Target: target, Visible: append(slices.Clone(w.ids[:4]), target.IDs...)}}
				tt.disturb(w)
				r, err := w.engine().Run(t.Context(), s, &journal{}, Replay{})
				w.want("refused", tt.refused, fault.KindOf(err) == fault.Safety)
				if !tt.refused {
					w.must(err)
					w.want("accepted", 5, r.Accepted)
					w.want("by ID", []Op{OpIDs, OpIDs}, []Op{r.Batches[0].Op, r.Batches[1].Op})
					w.want("deleted", 5, r.Verification.Deleted)
					w.want("left", tt.left, len(w.left(chat)))
					return
				}
				w.want("state", run.Refused, r.State)
				w.want("left", tt.left+1, len(w.left(chat)))
			})
		}
	}
}
