package deletion

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

// ofThree is what a journal says of three calls by ID.
func ofThree(events ...run.Event) (Replay, error) {
	job := Job{User: "alice", BatchSize: 1, Targets: []Target{{Ref: chat, IDs: []roaming.MessageID{1, 2, 3}}}}
	calls, _ := json.Marshal(callsEvent{Calls: FrozenCalls(job, []Frozen{{Target: job.Targets[0], Visible: job.Targets[0].IDs}})})
	return Resume(job, func(yield func(run.Event, error) bool) {
		for _, e := range append([]run.Event{{Kind: eventCalls, Data: calls}}, events...) {
			if !yield(e, nil) {
				return
			}
		}
	})
}

func event(kind, data string) run.Event { return run.Event{Kind: kind, Data: json.RawMessage(data)} }

// What was sent is in doubt until its answer says what became of it.
func TestReplay(t *testing.T) {
	r, err := ofThree(
		event(eventSent, `{"number":1}`), event(eventAnswered, `{"number":1,"status":"accepted"}`),
		event(eventSent, `{"number":2}`), event(eventAnswered, `{"number":2,"status":"failed"}`),
		event(eventSent, `{"number":3}`), event(eventAnswered, `{"number":3,"status":"failed","not_done":true}`),
	)
	if err != nil {
		t.Fatal(err)
	}
	want := map[int]CallState{1: {Status: Accepted}, 2: {Status: Failed}, 3: {Status: Failed, NotDone: true}}
	if diff := cmp.Diff(want, r.Progress); diff != "" || r.Progress[1].inDoubt() || !r.Progress[2].inDoubt() || r.Progress[3].inDoubt() {
		t.Error(diff)
	}
	if r.Left() != 2 || !r.inDoubt() {
		t.Errorf("%d left, in doubt: %v", r.Left(), r.inDoubt())
	}
	if r, err = ofThree(event(eventSent, `{"number":3}`)); err != nil || !r.Progress[3].inDoubt() || r.Left() != 3 {
		t.Errorf("%v, %v", r, err)
	}
	if r, err = ofThree(event(eventSent, `{"number":3}`), event(eventAnswered, `{"number":3,"status":"not_sent"}`)); err != nil || r.inDoubt() {
		t.Errorf("%v, %v", r, err)
	}
}

func TestAnEventThatCanNotBeReadEndsAReplay(t *testing.T) {
	for _, kind := range []string{eventBackup, eventCalls, eventSent, eventAnswered, eventFinished} {
		if _, err := ofThree(event(kind, `[`)); fault.KindOf(err) == "" || !strings.Contains(err.Error(), kind) {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// The bad lines of a list are counted, and the first ten named.
func TestBadLinesAreCounted(t *testing.T) {
	for n, want := range map[int][2]string{
		1: {"1 line without", ""}, 10: {"10 lines without", ""}, 11: {"11 lines without", "... and 1 more"},
		1000: {"at least 1,000 lines without", "... and 990 more"},
	} {
		var set IDSet
		err := set.AddFile(strings.NewReader("1\n"+strings.Repeat("x\n", n)), "ids", "")
		said := fmt.Sprint(err)
		if !strings.HasPrefix(said, want[0]) || !strings.HasSuffix(said, want[1]) || strings.Contains(said, "more") != (want[1] != "") {
			t.Errorf("%d: %s", n, said)
		}
	}
}
