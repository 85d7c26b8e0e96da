package deletion

import (
	"context"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

func (w *world) backedUp(path string) []roaming.MessageID {
	w.Helper()
	_, err := backup.Verify(context.Background(), path)
	w.must(err)
	b, err := backup.Open(path)
	w.must(err)
	ids := []roaming.MessageID{}
	for m, err := range b.Messages() {
		w.must(err)
		ids = append(ids, m.ID)
	}
	slices.Sort(ids)
	return ids
}

func (w *world) want(what string, want, got any) {
	w.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		w.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

var bobs = roaming.Ref{User: "bob", Conversation: "alice", Type: roaming.Chat}

func TestRunDeletesByIDWhatIsInTheBackup(t *testing.T) {
	w := newWorld(t, 10)
	gone := slices.Clone(w.ids[2:7])
	r, err := w.engine().Run(t.Context(), w.settings(Target{Ref: chat, IDs: gone}), &journal{}, Replay{})
	w.must(err)
	w.want("left", slices.Concat(w.ids[:2], w.ids[7:]), w.left(chat))
	w.want("bob's", w.ids, w.left(bobs))
	w.want("backup", gone, w.backedUp(r.Backup.Path))
	w.want("state", run.Done, r.State)
	w.want("accepted", 5, r.Accepted)
	w.want("calls", 2, r.AcceptedCalls)
	w.want("verified", 5, r.Verification.Deleted)
}

func TestRunDeletesUpToATimeIncluded(t *testing.T) {
	w := newWorld(t, 10)
	through := roaming.Time{Time: begin.Add(4 * time.Minute)}
	r, err := w.engine().Run(t.Context(), w.settings(Target{Ref: chat, Through: through}), &journal{}, Replay{})
	w.must(err)
	w.want("left", w.ids[5:], w.left(chat))
	w.want("backup", w.ids[:5], w.backedUp(r.Backup.Path))
}

// Whatever arrives after the backup survives: it is not in the backup.
func TestNewMessagesAreKept(t *testing.T) {
	for name, job := range map[string]Job{
		"a conversation": {User: "alice", Targets: []Target{{Ref: chat, All: true, Drop: true}}, BatchSize: 50},
		"everything":     {User: "alice", All: true, BatchSize: 50},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 5)
			var newcomer roaming.MessageID
			e := w.engine()
			e.OnProgress = func(p Progress) {
				if p.Backup != nil {
					newcomer = w.send("bob", "alice", "chat", 100)
				}
			}
			s := w.settings()
			s.Job = job
			r, err := e.Run(t.Context(), s, &journal{}, Replay{})
			w.must(err)
			w.want("left", []roaming.MessageID{newcomer}, w.left(chat))
			w.want("in the backup", false, slices.Contains(w.backedUp(r.Backup.Path), newcomer))
			w.want("on the list", true, slices.Contains(w.conversations(), "bob")) // it is not hidden
		})
	}
}

func TestClearDeletesEveryListedConversation(t *testing.T) {
	w := newWorld(t, 5)
	s := w.settings()
	s.Job.All = true
	r, err := w.engine().Run(t.Context(), s, &journal{}, Replay{})
	w.must(err)
	w.want("list", []string{}, w.conversations())
	w.want("group", 0, len(w.left(group)))
	w.want("accepted", 7, r.Accepted)
	w.want("bob's", w.ids, w.left(bobs))
}

func TestNotVisibleIDsStopTheRunUnlessForced(t *testing.T) {
	w := newWorld(t, 5)
	s := w.settings(Target{Ref: chat, IDs: []roaming.MessageID{w.ids[1], 99}})
	r, err := w.engine().Run(t.Context(), s, &journal{}, Replay{})
	w.want("kind", fault.Safety, fault.KindOf(err))
	w.want("state", run.Refused, r.State)
	w.want("not visible", []roaming.MessageID{99}, r.NotVisible)
	w.want("left", w.ids, w.left(chat))
	entries, _ := os.ReadDir(s.BackupDir)
	w.want("backups", 0, len(entries))
	s.Force = true
	_, err = w.engine().Run(t.Context(), s, &journal{}, Replay{})
	w.must(err)
	w.want("left", slices.Delete(slices.Clone(w.ids), 1, 2), w.left(chat))
}

func TestNothingIsDeletedWithoutABackup(t *testing.T) {
	w := newWorld(t, 5)
	s := w.settings(Target{Ref: chat, All: true, Drop: true})
	s.BackupDir = "/dev/null/not a folder"
	_, err := w.engine().Run(t.Context(), s, &journal{}, Replay{})
	w.want("kind", fault.Safety, fault.KindOf(err))
	w.want("left", w.ids, w.left(chat))
}

func TestUnreadableMessagesAreNotDeleted(t *testing.T) {
	w := newWorld(t, 5, "route=history,corrupt,count=1")
	_, err := w.engine().Run(t.Context(), w.settings(Target{Ref: chat, All: true}), &journal{}, Replay{})
	w.want("kind", fault.Safety, fault.KindOf(err))
	w.want("left", w.ids, w.left(chat))
}

func TestWithoutABackupTheFewestCallsAreMade(t *testing.T) {
	w := newWorld(t, 5)
	s := w.settings()
	s.NoBackup, s.Job.All = true, true
	r, err := w.engine().Run(t.Context(), s, &journal{}, Replay{})
	w.must(err)
	w.want("calls", 1, r.AcceptedCalls)
	w.want("backup", (*BackupRef)(nil), r.Backup)
	w.want("left", 0, len(w.left(chat)))
}

func TestAFailedBatchDoesNotStopTheOthersAndCanBeResumed(t *testing.T) {
	w := newWorld(t, 10, "route=delete.ids,status=503,nth=2")
	j := &journal{}
	s := w.settings(Target{Ref: chat, IDs: w.ids[:9]})
	r, err := w.engine().Run(t.Context(), s, j, Replay{})
	w.want("kind", fault.Partial, fault.KindOf(err))
	w.want("state", run.PartlyDone, r.State)
	w.want("remaining", w.ids[3:6], r.Remaining)
	w.want("left", slices.Concat(w.ids[3:6], w.ids[9:]), w.left(chat))
	r, err = w.engine().Run(t.Context(), s, j, j.replay(t, s.Job))
	w.must(err)
	w.want("left", w.ids[9:], w.left(chat))
	w.want("state", run.Done, r.State)
	// It reports its own calls only.
	w.want("accepted", 3, r.Accepted)
	w.want("accepted calls", 1, r.AcceptedCalls)
	w.want("batches", []int{2}, []int{r.Batches[0].Number})
	w.want("accepted before", 6, r.AcceptedBefore)
	w.want("accepted calls before", 2, r.AcceptedCallsBefore)
	w.want("requested in all", 9, r.Requested)
}

// A resumed run in which a call fails again is partly done: others were before it.
func TestAResumedRunThatFailsAgainIsPartlyDone(t *testing.T) {
	w := newWorld(t, 10, "route=delete.ids,status=503,nth=2", "route=delete.ids,status=503,nth=4")
	j := &journal{}
	s := w.settings(Target{Ref: chat, IDs: w.ids[:9]})
	_, err := w.engine().Run(t.Context(), s, j, Replay{})
	w.want("kind", fault.Partial, fault.KindOf(err))
	r, err := w.engine().Run(t.Context(), s, j, j.replay(t, s.Job))
	w.want("kind", fault.Partial, fault.KindOf(err))
	w.want("state", run.PartlyDone, r.State)
	w.want("accepted", 0, r.Accepted)
}

// A run is killed at each of its journal's events in turn, and resumed.
func TestResumeFromEveryInstant(t *testing.T) {
	targets := func(w *world) []Target {
		return []Target{{Ref: chat, IDs: w.ids[:8]}, {Ref: group, All: true, Drop: true}}
	}
	for dieAt := 1; ; dieAt++ {
		w := newWorld(t, 10)
		j := &journal{dieAt: dieAt}
		s := w.settings(targets(w)...)
		_, err := w.engine().Run(t.Context(), s, j, Replay{})
		if err == nil {
			w.want("events of an undisturbed run", true, dieAt > 10)
			return
		}
		if !errors.Is(err, errKilled) {
			t.Fatalf("killed at event %d: %v", dieAt, err)
		}
		j.dieAt = 0
		r, err := w.engine().Run(t.Context(), s, j, j.replay(t, s.Job))
		w.must(err)
		w.want("left", w.ids[8:], w.left(chat))
		w.want("group", 0, len(w.left(group)))
		w.want("backup", 9, len(w.backedUp(r.Backup.Path)))
		w.want("state", run.Done, j.replay(t, s.Job).State)
	}
}

func TestInterruptFinishesTheCallInFlight(t *testing.T) {
	w := newWorld(t, 10)
	ctx, interrupt := context.WithCancel(t.Context())
	e := w.engine()
	e.Service = interrupting{w.svc, interrupt}
	j := &journal{}
	s := w.settings(Target{Ref: chat, IDs: w.ids[:9]})
	r, err := e.Run(ctx, s, j, Replay{})
	w.want("kind", fault.Interrupted, fault.KindOf(err))
	w.want("state", run.Interrupted, r.State)
	w.want("remaining", w.ids[3:9], r.Remaining)
	w.want("left", w.ids[3:], w.left(chat))
	w.want("finished", run.State(""), j.replay(t, s.Job).State)
	_, err = w.engine().Run(t.Context(), s, j, j.replay(t, s.Job))
	w.must(err)
	w.want("left", w.ids[9:], w.left(chat))
}

// interrupting is a service during whose deletions the user presses Ctrl-C.
type interrupting struct {
	roaming.Service

	interrupt func()
}

func (i interrupting) DeleteMessages(ctx context.Context, ref roaming.Ref, ids []roaming.MessageID, notify bool) error {
	i.interrupt() // while it is on its way
	return i.Service.DeleteMessages(context.WithoutCancel(ctx), ref, ids, notify)
}
