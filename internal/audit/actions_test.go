package audit

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// An action is one entry, that of its end. What was killed or is running has
// the entry of its start.
func TestActions(t *testing.T) {
	l := openIn(t.TempDir())
	for _, e := range []Entry{
		{RunID: "a", Command: "messages clear", User: "u1", Outcome: Started},
		{RunID: "a", Command: "messages clear", User: "u2", Outcome: Started},
		{RunID: "a", Command: "messages clear", User: "u2", Outcome: Interrupted},
		{RunID: "b", Command: "messages delete", User: "u1", Outcome: Started}, // killed, then resumed
		{RunID: "a", Command: "messages clear", User: "u1", Outcome: Done},
		{RunID: "a", Command: "restore", User: "u1", Outcome: Started},
		{RunID: "a", Command: "restore", User: "u1", Outcome: Done},
		{RunID: "a", Command: "restore", User: "u1", Outcome: Done},
		{RunID: "b", Command: "messages delete", User: "u1", Outcome: Started},
		{RunID: "b", Command: "messages delete", User: "u1", Outcome: PartlyDone},
		{RunID: "a", Command: "messages clear", User: "u2", Outcome: Started}, // running
		{Command: "messages delete", Outcome: Refused},
		{Command: "messages delete", Outcome: Refused},
	} {
		if _, err := l.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for e, err := range l.Actions(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(e.Seq, " ", e.RunID, " ", e.User, " ", e.Outcome))
	}
	want := []string{
		"3 a u2 interrupted", "5 a u1 done", "7 a u1 done", "8 a u1 done", "10 b u1 partly_done",
		"11 a u2 started", "12   refused", "13   refused",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
