package deletion

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// ofThree is what a journal says of three calls by ID.
func ofThree(events ...Event) (Replay, error) {
	job := Job{User: "alice", BatchSize: 1, Targets: []Target{{Ref: chat, IDs: []roaming.MessageID{1, 2, 3}}}}
	calls, _ := json.Marshal(callsEvent{Calls: FrozenCalls(job, []Frozen{{Target: job.Targets[0], Visible: job.Targets[0].IDs}})})
	return ReplayEvents(job, func(yield func(Event, error) bool) {
		for _, e := range append([]Event{{Kind: eventCalls, Data: calls}}, events...) {
			if !yield(e, nil) {
				return
			}
		}
	})
}

func event(kind, data string) Event { return Event{Kind: kind, Data: json.RawMessage(data)} }

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
	if diff := cmp.Diff(map[int]bool{1: false, 2: true, 3: false}, r.Doubt); diff != "" {
		t.Error(diff)
	}
	if r.Left() != 2 || !r.inDoubt() {
		t.Errorf("%d left, in doubt: %v", r.Left(), r.inDoubt())
	}
	if r, err = ofThree(event(eventSent, `{"number":3}`)); err != nil || !r.Doubt[3] || r.Left() != 3 {
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
		1: {"1 of the lines are", ""}, 10: {"10 of the lines are", ""}, 11: {"11 of the lines are", "... and 1 more"},
		1000: {"at least 1000 of the lines are", "... and 990 more"},
	} {
		var set IDSet
		err := set.AddFile(strings.NewReader("1\n"+strings.Repeat("x\n", n)), "ids")
		said := fmt.Sprint(err)
		if !strings.HasPrefix(said, want[0]) || !strings.HasSuffix(said, want[1]) || strings.Contains(said, "more") != (want[1] != "") {
			t.Errorf("%d: %s", n, said)
		}
	}
}
