package deletion

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

func TestTargetString(t *testing.T) {
	for want, target := range map[string]Target{
		"no message":    {},
		"message 7":     {IDs: []roaming.MessageID{7}},
		"2 messages":    {IDs: []roaming.MessageID{7, 8}},
		"every message": {All: true},
		"every message up to and including 2026-11-20T12:01:00.000Z": {Through: through(1), IDs: []roaming.MessageID{7}},
	} {
		if got := target.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestNamedTargets(t *testing.T) {
	byID, byTime := Target{Ref: chat, IDs: []roaming.MessageID{1}}, Target{Ref: group, Through: through(1)}
	named := namedTargets(Job{Targets: []Target{byID, {Ref: chat, All: true}, {Ref: chat, Drop: true}, byTime}})
	if diff := cmp.Diff([]Frozen{{Target: byID, Visible: byID.IDs}, {Target: byTime}}, named); diff != "" {
		t.Error(diff)
	}
	if named[0].unread() || !named[1].unread() {
		t.Error("a target by time must be unread, a target by ID must not")
	}
}

func TestCoverageOfAJob(t *testing.T) {
	one, two := []Target{{Ref: chat}}, []Target{{Ref: chat}, {Ref: group}}
	for name, tt := range map[string]struct {
		job      Job
		noBackup bool
		coverage Coverage
		single   bool
	}{
		"named":                {Job{Targets: one}, true, CoversNamed, true},
		"two":                  {Job{Targets: two}, false, CoversNamed, false},
		"none":                 {Job{}, false, CoversNamed, false},
		"a plan's":             {Job{Targets: one, Listed: true}, false, CoversListed, false},
		"each":                 {Job{Targets: one, Each: &Each{}}, true, CoversListed, false},
		"all, with a backup":   {Job{All: true}, false, CoversListed, false},
		"all, without":         {Job{All: true}, true, CoversEverything, false},
		"one more than listed": {Job{All: true, Targets: one}, false, CoversListed, false},
	} {
		target, single := tt.job.Single()
		if got := (Settings{Job: tt.job, NoBackup: tt.noBackup}).Coverage(); got != tt.coverage || single != tt.single {
			t.Errorf("%s: %s, single: %v", name, got, single)
		}
		if single && target.Ref != chat {
			t.Errorf("%s: %v", name, target)
		}
	}
}

func TestNotVisibleNamesTheFirst(t *testing.T) {
	frozen := []Frozen{
		{Target: Target{IDs: []roaming.MessageID{1, 2}}},
		{Target: Target{IDs: []roaming.MessageID{3, 4, 5}}, NotVisible: []roaming.MessageID{4, 5}},
		{Target: Target{IDs: []roaming.MessageID{6}}, NotVisible: []roaming.MessageID{6}},
	}
	err := checkVisible(Job{}, frozen)
	if fault.KindOf(err) != fault.Safety || !strings.Contains(err.Error(), "3 of 6 message IDs are not visible to this user (such as 4)") {
		t.Error(err)
	}
	if err := checkVisible(Job{}, frozen[:1]); err != nil {
		t.Error(err)
	}
}

// Freeze counts the messages with and without a time or an ID, and has the oldest and
// newest time.
func TestFreezeCounts(t *testing.T) {
	w := newWorld(t, 5)
	svc := odd{Service: w.svc, change: func(m *roaming.Message) { undated(w.ids[1], w.ids[2])(m); unnamed(w.ids[3])(m) }}
	frozen, err := Freeze(t.Context(), svc, Job{User: "alice", Targets: []Target{{Ref: chat, All: true}}}, keep{})
	w.must(err)
	f := frozen[0]
	w.want("counts", []int{4, 2, 1, 0}, []int{len(f.Visible), f.Undated, f.WithoutID, f.Kept})
	w.want("times", []roaming.Time{through(0), through(4)}, []roaming.Time{f.Oldest, f.Newest})
}

// Freeze reads the list only until it has found all conversations of the job.
func TestFreezeStopsReadingTheList(t *testing.T) {
	w := newWorld(t, 2)
	frozen, err := Freeze(t.Context(), w.svc, Job{User: "alice", Targets: []Target{{Ref: chat, Drop: true}, {Ref: group, Drop: true}}}, keep{})
	w.must(err)
	w.want("on the list", []bool{true, true}, []bool{frozen[0].Drop, frozen[1].Drop})
	found := 0
	_, err = Freeze(t.Context(), w.svc, Job{User: "alice", Targets: []Target{{Ref: chat, Drop: true}}}, counting{&found})
	w.must(err)
	w.want("entries taken", 1, found)
	_, err = Freeze(t.Context(), w.svc, Job{User: "alice", Each: &Each{Drop: true}}, counting{&found})
	w.must(err)
	w.want("entries taken", 1+3, found)
	frozen, err = Freeze(t.Context(), w.svc, Job{User: "alice", Each: &Each{All: true, Type: roaming.Group}}, counting{&found})
	w.must(err)
	w.want("groups", 1, len(frozen))
	w.want("entries taken off no list", 1+3, found)
}

// counting is a sink that counts the entries of a list.
type counting struct{ entries *int }

func (c counting) AddConversation(roaming.Conversation) error { *c.entries++; return nil }
func (counting) AddMessage(roaming.Message) error             { return nil }

var errSink = errors.New("full")

// refusing is a sink that returns errSink.
type refusing struct{}

func (refusing) AddConversation(roaming.Conversation) error { return errSink }
func (refusing) AddMessage(roaming.Message) error           { return errSink }

func TestSinkErrorsStopFreeze(t *testing.T) {
	w := newWorld(t, 1)
	for name, target := range map[string]Target{"messages": {Ref: chat, All: true}, "entries": {Ref: chat, Drop: true}} {
		_, err := Freeze(t.Context(), w.svc, Job{User: "alice", Targets: []Target{target}}, refusing{})
		w.want(name, true, errors.Is(err, errSink))
	}
}

// Gone reports true if none of the job's messages is visible or, for a job without
// messages, if its conversations are not on the list.
func TestGone(t *testing.T) {
	w := newWorld(t, 2)
	messages := Job{User: "alice", Targets: []Target{{Ref: chat, All: true, Drop: true}}}
	entry := Job{User: "alice", Targets: []Target{{Ref: group, Drop: true}}}
	for _, want := range []bool{false, true} {
		for name, job := range map[string]Job{"messages": messages, "an entry": entry} {
			gone, err := Gone(t.Context(), w.svc, job)
			w.must(err)
			w.want(name, want, gone)
		}
		w.must(w.svc.DeleteMessages(t.Context(), chat, w.ids, false))
		w.must(w.svc.DeleteConversation(t.Context(), group, false))
	}
	gone, err := Gone(t.Context(), newWorld(t, 1, "route=history,status=503").svc, messages)
	if err == nil || gone {
		t.Errorf("%v, %v", gone, err)
	}
}

// A fault.Safety takes precedence over other errors; otherwise the first one is the
// run's.
func TestSafetyErrorsTakePrecedence(t *testing.T) {
	w := newWorld(t, 6, "route=delete.ids,status=400,nth=1", "route=delete.ids,status=503,nth=2")
	r, err := w.engine().Run(t.Context(), w.settings(Target{Ref: chat, IDs: w.ids}), &journal{}, Replay{})
	f, ok := errors.AsType[*fault.Error](err)
	w.want("kind", fault.Refused, fault.KindOf(err))
	w.want("the first", true, ok && f.Status == 400)
	w.want("state", run.Failed, r.State)

	w = newWorld(t, 6, "route=delete.ids,status=400")
	s := w.settings(Target{Ref: group, IDs: []roaming.MessageID{1}}, Target{Ref: chat, Through: through(1)})
	s.NoBackup = true
	j := &journal{}
	e := w.engine()
	e.Service = unanswered{Service: w.svc, undone: true, err: lost()}
	_, err = e.Run(t.Context(), s, j, Replay{})
	w.want("kind", fault.Refused, fault.KindOf(err))
	r, err = w.engine().Run(t.Context(), s, j, j.replay(t, s.Job))
	w.want("kind", fault.Safety, fault.KindOf(err))
	w.want("how they ended", []Status{Failed, NotSent}, []Status{r.Batches[0].Status, r.Batches[1].Status})
	w.want("state", run.PartlyDone, r.State)
}

// A resumed run counts what was accepted before it.
func TestAResumedRunCountsWhatWasAccepted(t *testing.T) {
	w := newWorld(t, 9, "route=delete.ids,status=503,nth=2", "route=delete.ids,status=503,nth=4")
	s := w.settings(Target{Ref: chat, IDs: w.ids})
	j := &journal{}
	for range 2 {
		_, err := w.engine().Run(t.Context(), s, j, j.replay(t, s.Job))
		f, ok := errors.AsType[*fault.Error](err)
		w.want("the error", true, ok && strings.HasPrefix(f.Message, "2 of 3 calls were accepted"))
	}
	r, err := w.engine().Run(t.Context(), s, j, j.replay(t, s.Job))
	w.must(err)
	w.want("state", run.Done, r.State)
}

func TestOnlyNamedConversationsAreCounted(t *testing.T) {
	for want, calls := range map[int][]Call{0: {{Op: OpEverything}}, 1: {{Op: OpIDs, Ref: chat}, {Op: OpConversation, Ref: chat}}} {
		var r Report
		r.CountConversations(calls)
		if r.Conversations != want {
			t.Errorf("%d, want %d", r.Conversations, want)
		}
	}
}
