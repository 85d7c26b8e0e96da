package run

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

type intent struct {
	IDs []string `json:"ids"`
}

var (
	bob  = Summary{Command: "messages delete", User: "alice", Conversation: "鲍勃", Type: roaming.Chat, Profile: "p", AppKey: "org#app", Operator: "ops"}
	many = Summary{Command: "messages clear", Many: true, Profile: "p", AppKey: "org#app", Operator: "ops"}
)

// clock moves on by a second each time it is read.
func clock() func() time.Time {
	var mu sync.Mutex
	t := time.Date(2026, 11, 23, 14, 30, 11, 987654321, time.FixedZone("", 8*3600))
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		t = t.Add(time.Second)
		return t
	}
}

func newStore(t testing.TB) *Store {
	t.Helper()
	return NewStore(filepath.Join(t.TempDir(), "state", "runs"), clock())
}

func start(t testing.TB, s *Store) *Run {
	t.Helper()
	return beginFor(t, s, bob, "alice")
}

func beginFor(t testing.TB, s *Store, summary Summary, users ...string) *Run {
	t.Helper()
	r, err := s.Begin(t.Context(), summary, func(r *Run) (any, error) {
		var jobs []Job
		for _, u := range users {
			jobs = append(jobs, Job{User: u})
		}
		_, err := r.Add(t.Context(), jobs)
		return intent{[]string{"1", "2"}}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func appended(t testing.TB, j *Journal, kind string, data any) {
	t.Helper()
	if err := j.Append(kind, data); err != nil {
		t.Fatal(err)
	}
}

func ended(t testing.TB, r *Run, s State) {
	t.Helper()
	if err := r.End(Finish{State: s}); err != nil {
		t.Fatal(err)
	}
}

func closed(t testing.TB, r *Run) {
	t.Helper()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

// events is a journal in short, such as "batch{...}".
func events(t testing.TB, j *Journal) []string {
	t.Helper()
	var out []string
	for e, err := range j.Events(t.Context()) {
		if err != nil {
			return append(out, err.Error())
		}
		if e.Number != len(out)+1 {
			t.Errorf("event %d has number %d", len(out)+1, e.Number)
		}
		out = append(out, e.Kind+string(e.Data))
	}
	return out
}

func same(t testing.TB, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func refused(t testing.TB, err error, kind fault.Kind, parts ...string) {
	t.Helper()
	text := fmt.Sprint(err)
	if e, ok := errors.AsType[*fault.Error](err); ok {
		text += " / " + e.Hint
	}
	for _, p := range parts {
		if fault.KindOf(err) != kind || !strings.Contains(text, p) {
			t.Errorf("got %s: %s, want %s with %q", fault.KindOf(err), text, kind, p)
		}
	}
}
